package software

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// maxCited is how many modules evidence names of one counted fact.
const maxCited = 5

// compatibleLicences are those that a kernel takes for compatible with its own
// (Linux, include/linux/license.h, license_is_gpl_compatible). A module of
// another one, or without, taints the kernel as proprietary.
var compatibleLicences = []string{"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"}

// A moduleCount counts the modules of which one fact holds and names the first.
type moduleCount struct {
	fact  string
	what  string // in words, for evidence
	n     int
	first []string // places
}

func (c *moduleCount) add(place string) {
	if c.n++; len(c.first) < maxCited {
		c.first = append(c.first, place)
	}
}

// judge says of every module how it is signed, by the certificates of the
// kernel's images, and of the kernel what its modules show.
func (k *kernel) judge(known []*x509.Certificate) ([]sbom.Property, []sbom.Evidence) {
	all := &moduleCount{fact: FactModules, what: "modules that could be read"}
	licence := &moduleCount{fact: FactModulesLicence, what: "modules with a licence that kernels do not take for compatible with the GPL"}
	outside := &moduleCount{fact: FactModulesOutOfTree, what: "modules not built with the kernel's own tree"}
	states := map[string]*moduleCount{
		SignatureUnsigned:   {fact: FactModulesUnsigned, what: "modules without a signature"},
		SignatureInvalid:    {fact: FactModulesInvalid, what: "modules whose signature is damaged or not that of their bytes"},
		SignatureForeign:    {fact: FactModulesForeign, what: "modules signed by none of the certificates in the kernel's image"},
		SignatureNotChecked: {fact: FactModulesNotChecked, what: "modules whose signature could not be checked: no kernel image with certificates, or an unknown algorithm"},
	}
	for i := range k.drivers {
		d := &k.drivers[i]
		if !d.read {
			continue
		}
		place := firstPlace(d.component)
		all.add(place)
		state := d.signature.state(known)
		d.component.Properties = append(d.component.Properties, d.signature.properties(state)...)
		slices.SortStableFunc(d.component.Properties, func(a, b sbom.Property) int { return strings.Compare(a.Name, b.Name) })
		if c := states[state]; c != nil {
			c.add(place)
		}
		if !slices.Contains(compatibleLicences, d.licence) {
			licence.add(place)
		}
		if !d.inTree {
			outside.add(place)
		}
	}
	if all.n == 0 {
		return nil, nil
	}
	counts := []*moduleCount{all, licence, outside}
	for _, state := range sortedKeys(states) {
		counts = append(counts, states[state])
	}
	return k.tell(counts)
}

// tell gives counts as facts, and evidence of those that are not 0.
func (k *kernel) tell(counts []*moduleCount) (ps []sbom.Property, found []sbom.Evidence) {
	for _, c := range counts {
		ps = append(ps, sbom.Property{Name: sbom.FirmwareFact + c.fact, Value: strconv.Itoa(c.n)})
		if c.n > 0 && c.fact != FactModules {
			says := fmt.Sprintf("%d %s, such as %s", c.n, c.what, strings.Join(c.first, ", "))
			found = append(found, sbom.Evidence{Place: c.first[0], Method: sbom.MethodImage, Says: clip(says, maxSays), Note: c.fact + " " + strconv.Itoa(c.n)})
		}
	}
	slices.SortFunc(ps, func(a, b sbom.Property) int { return strings.Compare(a.Name, b.Name) })
	return ps, found
}
