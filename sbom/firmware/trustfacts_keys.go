package firmware

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/csv"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
)

//go:embed data/public-keys.csv
var publicKeys string

// A publicKey is a key whose private half anybody can have.
type publicKey struct{ kind, digest, name, source string }

// knownPublicKeys reads the embedded table.
func knownPublicKeys() []publicKey {
	rows, err := csv.NewReader(strings.NewReader(publicKeys)).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil // a test reads the table
	}
	var out []publicKey
	for _, r := range rows[1:] {
		out = append(out, publicKey{r[0], r[1], r[2], r[3]})
	}
	return out
}

// rootFacts are the folders of root certificates by their last element, and the
// fact that counts them (AOSP, system/ca-certificates): those of the system, of
// Passpoint, and of assisted location, which are separate worlds.
var rootFacts = map[string]string{"cacerts": FactRoots, "cacerts_wfa": FactWifiRoots, "cacerts_google": FactSUPLRoots}

// certificate counts a root certificate, and tells one of the system's that
// Mozilla's programme does not know.
func (t *trustReader) certificate(fact, place string, data []byte) {
	if b, _ := pem.Decode(data); b != nil && b.Type == "CERTIFICATE" {
		data = b.Bytes
	} else if !bytes.HasPrefix(data, []byte{0x30, 0x82}) {
		t.note(place, "no certificate, in the folder of root certificates", "")
		return
	}
	t.count(fact, place)
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	if fact == FactRoots && !t.roots[digest] {
		t.fact(FactExtraRoot, digest, place, "a root certificate that is in no edition of Mozilla's list that is compared with (2023-03 to 2026-10); AOSP's set of the release is not compared with")
	}
}

// signerFacts tells which apps are signed by keys that are public, and what the
// platform's signer signs. parts are the components of the partitions.
func signerFacts(parts []sbom.Component) {
	platform := ""
	eachApp(parts, func(_, app *sbom.Component) {
		if propertyOf(app, sbom.AndroidPackage) == "android" && platform == "" {
			platform = propertyOf(app, sbom.AndroidSignerSHA256)
		}
	})
	known := knownPublicKeys()
	for i := range parts {
		part, count := &parts[i], 0
		var first *sbom.Component
		eachApp(parts[i:i+1], func(_, app *sbom.Component) {
			for _, digest := range propertiesOf(app, sbom.AndroidSignerSHA256) {
				if digest == platform && propertyOf(app, sbom.AndroidPackage) != "android" {
					count++
					if first == nil {
						first = app
					}
				}
			}
			tellPublic(part, app, known)
		})
		if count > 0 {
			addFact(part, FactPlatformSignedBy, strconv.Itoa(count), first, fmt.Sprintf("%d apps with the signer of the package android, such as %s", count, first.Name))
		}
		if platform != "" && count > 0 {
			addFact(part, FactPlatformSigner, platform, first, "the certificate that signs the package android")
		}
	}
	tellPublicSeals(parts, known)
}

func tellPublic(part, app *sbom.Component, known []publicKey) {
	for _, digest := range propertiesOf(app, sbom.AndroidSignerSHA256) {
		for _, k := range known {
			if k.kind == "certificate-sha256" && k.digest == digest {
				addFact(part, FactPublicKey, digest+", "+k.name, app, fmt.Sprintf("%s is signed with %s; %s", app.Name, k.name, k.source))
			}
		}
	}
}

// tellPublicSeals tells which partitions verified boot seals with a public key.
func tellPublicSeals(parts []sbom.Component, known []publicKey) {
	for i := range parts {
		for _, digest := range propertiesOf(&parts[i], PropertyKeySHA1) {
			for _, k := range known {
				if k.kind == "avb-key-sha1" && k.digest == digest {
					addFact(&parts[i], FactPublicKey, digest+", "+k.name, &parts[i], fmt.Sprintf("sealed with %s; %s", k.name, k.source))
				}
			}
		}
	}
}

// eachApp calls f for every app in the components of partitions.
func eachApp(parts []sbom.Component, f func(part, app *sbom.Component)) {
	for i := range parts {
		part := &parts[i]
		var walk func(cs []sbom.Component)
		walk = func(cs []sbom.Component) { // as deep as the catalogue nests
			for j := range cs {
				if propertyOf(&cs[j], sbom.AndroidPackage) != "" {
					f(part, &cs[j])
				}
				walk(cs[j].Components)
			}
		}
		walk(part.Components)
	}
}

// addFact adds a fact to a partition with the evidence of a component.
func addFact(part *sbom.Component, name, value string, of *sbom.Component, says string) {
	p := sbom.Property{Name: sbom.FirmwareFact + name, Value: clean(value)}
	place := ""
	if len(of.Found) > 0 {
		place = of.Found[0].Place
	}
	if !slices.Contains(part.Properties, p) {
		part.Properties = append(part.Properties, p)
	}
	part.Found = append(part.Found, sbom.Evidence{Place: place, Method: sbom.MethodImage, Says: clean(says), Note: name + " " + clean(value)})
}

func propertyOf(c *sbom.Component, name string) string {
	if vs := propertiesOf(c, name); len(vs) > 0 {
		return vs[0]
	}
	return ""
}

func propertiesOf(c *sbom.Component, name string) []string {
	var out []string
	for _, p := range c.Properties {
		if p.Name == name {
			out = append(out, p.Value)
		}
	}
	return out
}
