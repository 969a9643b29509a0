package hardware

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/livedump"
)

// IsLiveDump reports whether data begins as a dump of a running phone does, which
// docs/live-dump.sh makes.
func IsLiveDump(data []byte) bool { return livedump.IsDump(data) }

// ReadLiveDump reads the parts of a running phone from a dump of it.
//
// The parts are those of the device tree that the phone's kernel was given. Where
// a driver is bound to the device of a part's node, the part was observed, not
// only described: the driver's probe succeeded on this phone. Drivers of some parts
// bind without speaking to them, so this is evidence that the part is there and
// not that it is the one named. Storage names itself, and its name is what the
// device answered.
//
// What a phone's properties say (getprop) can be written by its software. They are
// kept as declared, and never name a part. The panel that the boot loader found is
// read from the kernel's command line.
//
// It is an error if data is not such a dump, or its device tree is none.
func ReadLiveDump(file string, data []byte) (sbom.Reading, error) {
	dump, err := livedump.Parse(data)
	if err != nil {
		return sbom.Reading{}, fmt.Errorf("%s: %w", file, err)
	}
	sum := sha256.Sum256(data)
	l := &liveReader{dump: dump, source: sbom.Source{Name: file, Digest: hex.EncodeToString(sum[:])}}
	r, err := l.tree()
	if err != nil {
		return sbom.Reading{}, err
	}
	r.Input = sbom.Input{Name: file, Kind: "live-dump", Digest: l.source.Digest}
	l.device(&r.Device)
	l.bound(r.Components)
	l.soc(&r)
	l.storage(&r)
	l.supplies(&r)
	slices.SortStableFunc(r.Components, compareParts)
	return r, nil
}

// liveReader holds a dump while its parts are told from the tree's.
type liveReader struct {
	dump   *livedump.Dump
	source sbom.Source
}

func (l *liveReader) evidence(place, says, note string) sbom.Evidence {
	return sbom.Evidence{Source: l.source, Place: place, Method: sbom.MethodLive, Says: says, Note: note}
}

// tree reads the dump's device tree. Its evidence is the dump's, and described:
// the tree says of the running phone what it would say of the model.
func (l *liveReader) tree() (sbom.Reading, error) {
	if l.dump.Tree == nil {
		return sbom.Reading{
			Notes: []sbom.Note{{File: l.source.Name, Text: "the dump has no device tree", Remedy: "make it as root: phones do not show /proc/device-tree to others"}},
		}, nil
	}
	opts := &TreeOptions{CommandLine: l.dump.CommandLine, commandLineFrom: l.evidence("cmdline", "", "the boot loader's word to the kernel")}
	v := treeVariant{file: l.source.Name, tree: l.dump.Tree, sources: []sbom.Source{l.source}}
	return readTreeVariant(v, opts)
}

// properties that name the phone, by the name of the property that keeps them.
var phoneProperties = []string{
	"ro.build.fingerprint", "ro.boot.hardware.sku", "ro.product.brand", "ro.product.manufacturer", "ro.product.model",
	"ro.soc.manufacturer", "ro.soc.model",
}

// device adds what the phone's properties say of it.
func (l *liveReader) device(d *sbom.Device) {
	if model := l.dump.Properties["ro.product.model"]; model != "" {
		d.Model = model
		if d.Name == "" {
			d.Name = model
		}
	}
	for _, name := range phoneProperties {
		if value := l.dump.Properties[name]; value != "" {
			d.Properties = append(d.Properties, sbom.Property{Name: "originbom:getprop:" + name, Value: value})
		}
	}
	slices.SortFunc(d.Properties, func(a, b sbom.Property) int { return strings.Compare(a.Name, b.Name) })
	if maker := l.dump.Properties["ro.product.manufacturer"]; maker != "" {
		d.Facts = append(d.Facts, sbom.Fact{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: maker, Evidence: []sbom.Evidence{{
			Source: l.source, Place: "getprop: ro.product.manufacturer", Method: sbom.MethodDocument, Says: maker,
			Note: "a property that the phone's software can write",
		}}}}})
	}
}

// bound adds the evidence of drivers that are bound to parts' nodes.
func (l *liveReader) bound(parts []sbom.Component) {
	byNode := map[string][]livedump.Device{}
	for _, d := range l.dump.Devices {
		if d.Driver != "" && d.Node != "" {
			byNode[d.Node] = append(byNode[d.Node], d)
		}
	}
	for i := range parts {
		var more []sbom.Evidence
		for _, e := range parts[i].Found {
			if parts[i].Candidate || parts[i].Category == sbom.SoC {
				continue // no driver of the root's is a driver of the SoC
			}
			for _, d := range byNode[e.Place] {
				says := fmt.Sprintf("the driver %q is bound to %s device %q", d.Driver, d.Bus, d.Name)
				more = append(more, l.evidence(d.Path, says, "the driver's probe succeeded on this phone"))
			}
		}
		parts[i].Found = append(slices.Clip(parts[i].Found), more...)
	}
}

// soc adds what the SoC's own registers say, which the boot loader passes on.
func (l *liveReader) soc(r *sbom.Reading) {
	for _, key := range []string{"machine", "soc_id"} {
		said := l.dump.SoC[key]
		if said == "" {
			continue
		}
		at := l.evidence("/sys/devices/soc0/"+key, said, "what the boot loader read from the SoC's registers")
		i := slices.IndexFunc(r.Components, func(c sbom.Component) bool { return c.Category == sbom.SoC })
		if i < 0 {
			r.Components = append(r.Components, sbom.Component{
				Kind: sbom.Hardware, Name: sbom.Unknown + " " + string(sbom.SoC), Category: sbom.SoC, Unidentified: true, Found: []sbom.Evidence{at},
			})
			return
		}
		if key == "machine" && !r.Components[i].Unidentified && sbom.NormalPartNumber(said) != sbom.NormalPartNumber(r.Components[i].Name) {
			at.Note = joinNotes(at.Note, fmt.Sprintf("the device tree says %s: a package variant, or another SoC", r.Components[i].Name))
		}
		r.Components[i].Found = append(slices.Clip(r.Components[i].Found), at)
	}
}

// storage names the memory devices that answered with a name.
func (l *liveReader) storage(r *sbom.Reading) {
	for _, b := range l.dump.Blocks {
		if b.Model == "" || b.Removable {
			continue
		}
		c := sbom.Component{Kind: sbom.Hardware, Name: b.Model, Category: sbom.Storage}
		at := l.evidence(b.Path, joinNotes("model "+b.Model, b.Vendor), "what the device answered when it was asked for its name")
		c.Found = []sbom.Evidence{at}
		if b.Vendor != "" {
			c.Facts = []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: b.Vendor, Evidence: []sbom.Evidence{at}}}}}
		}
		// The tree's host controller shows that there is a chip; this is its name.
		i := slices.IndexFunc(r.Components, func(o sbom.Component) bool {
			return o.Category == sbom.Storage && o.Unidentified && !o.Candidate && slices.ContainsFunc(o.Found, func(e sbom.Evidence) bool { return e.Place == b.Node })
		})
		if i >= 0 {
			c.Found = append(c.Found, r.Components[i].Found...)
			c.Compatible, c.Properties = r.Components[i].Compatible, r.Components[i].Properties
			r.Components = slices.Delete(r.Components, i, i+1)
		}
		r.Components = append(r.Components, c)
	}
}

// supplies adds the battery that a gauge reports as present. The gauge's name is
// not the battery's.
func (l *liveReader) supplies(r *sbom.Reading) {
	for _, s := range l.dump.Supplies {
		if !strings.EqualFold(s.Type, "battery") || s.Present == "0" {
			continue
		}
		at := l.evidence(s.Path, fmt.Sprintf("type %q, technology %q", s.Type, s.Technology), "a gauge reports a battery")
		i := slices.IndexFunc(r.Components, func(c sbom.Component) bool { return c.Category == sbom.Battery && !c.Candidate })
		if i >= 0 {
			r.Components[i].Found = append(slices.Clip(r.Components[i].Found), at)
			continue
		}
		r.Components = append(r.Components, sbom.Component{
			Kind: sbom.Hardware, Name: sbom.Unknown + " " + string(sbom.Battery), Category: sbom.Battery, Unidentified: true, Found: []sbom.Evidence{at},
		})
	}
}
