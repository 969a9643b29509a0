package sbom

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Build makes a document of resolved components: it sorts everything, gives
// every component a ref, and makes the device depend on what it consists of.
// The same content in another order builds the same document. Build does not
// keep or change draft's slices.
func Build(draft Document) (*Document, error) {
	d := draft
	d.Time = d.Time.UTC().Truncate(time.Second)
	if d.Device.Model == "" {
		d.Device.Model = Unknown
	}
	if d.Device.Ref == "" {
		d.Device.Ref = "device:" + slug(d.Device.Model)
	}
	d.Device.Facts = sortFacts(d.Device.Facts)
	d.Device.Properties = sortProperties(d.Device.Properties)
	d.Device.Identifiers = sortProperties(d.Device.Identifiers)
	d.Components = sortComponents(d.Components)
	if err := nameComponents(&d); err != nil {
		return nil, err
	}
	d.Device.DependsOn = deviceDependencies(&d)
	d.Walk(systemDependencies)
	driverDependencies(&d)
	firmwareDependencies(&d)
	if d.Device.Assembly == "" {
		d.Device.Assembly = "unknown"
		if len(d.Coverage().NotVisible) > 0 {
			d.Device.Assembly = "incomplete"
		}
	}
	d.Inputs = slices.Clone(d.Inputs)
	slices.SortFunc(d.Inputs, func(a, b Input) int {
		return cmp.Or(cmp.Compare(a.Digest, b.Digest), cmp.Compare(a.Name, b.Name))
	})
	d.Inputs = slices.Compact(d.Inputs)
	d.Organisations = slices.Clone(d.Organisations)
	slices.SortFunc(d.Organisations, func(a, b Organisation) int { return cmp.Compare(a.ID, b.ID) })
	d.Notes = slices.Clone(d.Notes)
	slices.SortStableFunc(d.Notes, func(a, b Note) int { return cmp.Compare(a.String(), b.String()) })
	d.Notes = slices.Compact(d.Notes)
	d.Claims = slices.Clone(d.Claims)
	slices.SortFunc(d.Claims, func(a, b AttachedFile) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(string(a.Data), string(b.Data)))
	})
	d.Claims = slices.CompactFunc(d.Claims, func(a, b AttachedFile) bool { return a.Name == b.Name && bytes.Equal(a.Data, b.Data) })
	return &d, nil
}

// sortComponents gives a sorted deep copy of the tree.
func sortComponents(cs []Component) []Component {
	if len(cs) == 0 {
		return nil
	}
	type keyed struct {
		key string
		c   Component
	}
	ks := make([]keyed, len(cs))
	for i, c := range cs {
		c.Facts = sortFacts(c.Facts)
		c.Properties = sortProperties(c.Properties)
		c.Found = sortEvidence(c.Found)
		c.Designators = slices.Clone(c.Designators)
		c.Components = sortComponents(c.Components)
		ks[i] = keyed{sortKey(&c), c}
	}
	slices.SortStableFunc(ks, func(a, b keyed) int { return cmp.Compare(a.key, b.key) })
	out := make([]Component, len(ks))
	for i, k := range ks {
		out[i] = k.c
	}
	return out
}

var kindOrder = []Kind{Hardware, Firmware, OperatingSystem, Driver, Application, Library, File}

// sortKey orders components by kind, category, name, version, and then by
// where they were found, never by the order of the inputs.
func sortKey(c *Component) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%02d\x00%02d\x00%s\x00%s\x00%t\x00%s\x00%s\x00%s", slices.Index(kindOrder, c.Kind),
		slices.Index(Categories, c.Category), c.Name, c.Version, c.Candidate, c.PURL, strings.Join(c.Designators, ","), c.Ref)
	for _, e := range c.Found {
		b.WriteString("\x00" + evidenceKey(e))
	}
	for _, f := range c.Facts {
		for _, v := range f.Values {
			b.WriteString("\x00" + f.Name + "\x00" + v.Is)
		}
	}
	return b.String()
}

func evidenceKey(e Evidence) string {
	return strings.Join([]string{e.Source.Name, e.Source.Digest, e.Place, string(e.Method), e.Says, e.By, e.Claim, e.When, e.Note}, "\x00")
}

func sortEvidence(es []Evidence) []Evidence {
	es = slices.Clone(es)
	slices.SortFunc(es, func(a, b Evidence) int { return cmp.Compare(evidenceKey(a), evidenceKey(b)) })
	return slices.Compact(es)
}

// sortProperties sorts by name and value. Signers of one app keep their order:
// the first is the current one.
func sortProperties(ps []Property) []Property {
	ps = slices.Clone(ps)
	slices.SortStableFunc(ps, func(a, b Property) int {
		if a.Name == b.Name && (a.Name == AndroidSignerSHA256 || a.Name == AndroidSignerSubject) {
			return 0
		}
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value))
	})
	return slices.Compact(ps)
}

// sortFacts merges facts of one name, and values that say the same, keeping
// every piece of evidence.
func sortFacts(fs []Fact) []Fact {
	byName := map[string]*Fact{}
	for _, f := range fs {
		g := byName[f.Name]
		if g == nil {
			g = &Fact{Name: f.Name}
			byName[f.Name] = g
		}
		g.Withheld = g.Withheld || f.Withheld
		g.WithheldBy = append(g.WithheldBy, f.WithheldBy...)
		g.Unread = append(g.Unread, f.Unread...)
		g.Values = append(g.Values, f.Values...)
	}
	var out []Fact
	for _, g := range byName {
		g.Unread = sortEvidence(g.Unread)
		g.WithheldBy = sortEvidence(g.WithheldBy)
		g.Values = mergeValues(g.Values)
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b Fact) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func valueKey(v Value) string {
	lo, hi := v.Share.bounds()
	return fmt.Sprintf("%s\x00%020.6f\x00%020.6f\x00%s\x00%s", v.Is, lo, hi, v.PerformedBy, v.Basis)
}

func mergeValues(vs []Value) []Value {
	vs = slices.Clone(vs)
	slices.SortStableFunc(vs, func(a, b Value) int { return cmp.Compare(valueKey(a), valueKey(b)) })
	var out []Value
	for _, v := range vs {
		if n := len(out); n > 0 && valueKey(out[n-1]) == valueKey(v) {
			out[n-1].Evidence = append(slices.Clip(out[n-1].Evidence), v.Evidence...)
			continue
		}
		out = append(out, v)
	}
	for i := range out {
		out[i].Evidence = sortEvidence(out[i].Evidence)
	}
	return out
}

// nameComponents gives a ref to every component that has none.
func nameComponents(d *Document) error {
	taken := map[string]string{d.Device.Ref: "the device"}
	var clash error
	d.Walk(func(c *Component, _ []string) {
		if c.Ref == "" || isDraftRef(c.Ref) {
			return
		}
		if other, ok := taken[c.Ref]; ok && clash == nil {
			clash = fmt.Errorf("two components have the ref %q: %s and %s", c.Ref, other, c.Name)
		}
		taken[c.Ref] = cmp.Or(c.Name, "a part without a name")
	})
	if clash != nil {
		return clash
	}
	final := map[string]string{} // of draft refs
	last := map[string]int{}     // by base, how many had it before
	d.Walk(func(c *Component, _ []string) {
		if c.Ref != "" && !isDraftRef(c.Ref) {
			return
		}
		base := refBase(c)
		ref := base
		for taken[ref] != "" {
			last[base]++
			ref = base + "#" + strconv.Itoa(last[base]+1)
		}
		if c.Ref != "" {
			final[c.Ref] = ref
		}
		c.Ref = ref
		taken[ref] = cmp.Or(c.Name, "a part without a name")
	})
	d.Walk(func(c *Component, _ []string) {
		if isDraftRef(c.CandidateFor) {
			c.CandidateFor = final[c.CandidateFor]
		}
		if slices.ContainsFunc(c.DependsOn, isDraftRef) {
			c.DependsOn = finalRefs(c.DependsOn, final)
		}
	})
	return nil
}

// finalRefs are refs without drafts; one of a component that is not there any
// more is left out.
func finalRefs(refs []string, final map[string]string) []string {
	var out []string
	for _, ref := range refs {
		if isDraftRef(ref) {
			ref = final[ref]
		}
		if ref != "" && !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	return out
}

const draftPrefix = "draft:"

// DraftRef is a ref by which components of one reading name each other before
// Build gives them their own.
func DraftRef(src Source, place string) string {
	return draftPrefix + src.Name + "!" + src.Digest + "!" + place
}

func isDraftRef(ref string) bool { return strings.HasPrefix(ref, draftPrefix) }

func refBase(c *Component) string {
	switch {
	case c.Kind == Hardware && c.Candidate:
		return "candidate:" + cmp.Or(string(c.Category), "part") + ":" + slug(c.Name)
	case c.Kind == Hardware:
		return "hw:" + cmp.Or(string(c.Category), "part") + ":" + slug(c.Name)
	case c.PURL != "":
		return c.PURL
	case c.Version == "":
		return string(c.Kind) + ":" + slug(c.Name)
	}
	return string(c.Kind) + ":" + slug(c.Name) + "@" + slug(c.Version)
}

// slug keeps letters and digits of any script and joins the rest by dashes.
func slug(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_' && r != '+'
	})
	return cmp.Or(strings.Join(words, "-"), "unnamed")
}

// deviceDependencies are the device's own parts and software, candidates left
// out.
func deviceDependencies(d *Document) []string {
	refs := slices.Clone(d.Device.DependsOn)
	for i := range d.Components {
		if !d.Components[i].Candidate {
			refs = append(refs, d.Components[i].Ref)
		}
	}
	slices.Sort(refs)
	return slices.Compact(refs)
}

// systemDependencies makes an operating system depend on the kernels and
// drivers that it contains, and firmware on its partitions and the systems in
// them too.
func systemDependencies(c *Component, _ []string) {
	if c.Kind != OperatingSystem && c.Kind != Firmware {
		return
	}
	for _, in := range c.Components {
		needed := in.Kind == OperatingSystem || in.Kind == Driver || in.Kind == Firmware && c.Kind == Firmware
		if needed && !slices.Contains(c.DependsOn, in.Ref) {
			c.DependsOn = append(slices.Clip(c.DependsOn), in.Ref)
		}
	}
}

// propDrives says which part a driver drives, as device trees call it.
const propDrives = "originbom:module:compatible"

// driverDependencies makes a driver depend on the parts that it drives: those
// that a device tree calls by a name the driver binds to.
func driverDependencies(d *Document) {
	parts := map[string][]string{}
	d.Walk(func(c *Component, _ []string) {
		if c.Kind == Hardware && len(c.Compatible) > 0 {
			parts[c.Compatible[0]] = append(parts[c.Compatible[0]], c.Ref)
		}
	})
	d.Walk(func(c *Component, _ []string) {
		if c.Kind != Driver {
			return
		}
		for _, p := range c.Properties {
			if p.Name != propDrives {
				continue
			}
			for _, ref := range parts[p.Value] {
				if !slices.Contains(c.DependsOn, ref) {
					c.DependsOn = append(slices.Clip(c.DependsOn), ref)
				}
			}
		}
	})
}

// firmwareDependencies makes firmware depend on the parts that run it: those whose
// device tree names its file.
func firmwareDependencies(d *Document) {
	type runner struct{ file, ref string }
	var parts []runner
	d.Walk(func(c *Component, _ []string) {
		for _, p := range c.Properties {
			if c.Kind == Hardware && !c.Candidate && p.Name == TreeFirmware {
				parts = append(parts, runner{p.Value, c.Ref})
			}
		}
	})
	if len(parts) == 0 {
		return
	}
	d.Walk(func(c *Component, _ []string) {
		if c.Kind != Firmware || len(c.Found) == 0 {
			return
		}
		for _, p := range parts {
			if isFirmwareFile(c.Found[0].Place, p.file) && !slices.Contains(c.DependsOn, p.ref) {
				c.DependsOn = append(slices.Clip(c.DependsOn), p.ref)
			}
		}
	})
}

// isFirmwareFile reports whether the file at a place is the one that a device tree
// names: by its path below a folder of firmware, or where the tree gives no folder
// by its name, with or without an extension.
func isFirmwareFile(place, name string) bool {
	file := place[strings.LastIndex(place, "!")+1:]
	if strings.Contains(name, "/") {
		return strings.HasSuffix("/"+file, "/firmware/"+name)
	}
	base := path.Base(file)
	return base == name || strings.TrimSuffix(base, path.Ext(base)) == name
}
