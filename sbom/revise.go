package sbom

import "slices"

// Revise gives the document with other facts: those that f gives for each
// component, and for the device, which f sees as a component of no Kind with the
// model as its name. Facts come back sorted, and values that say the same are
// joined. d is not changed, and refs, places and everything else stay.
func (d *Document) Revise(f func(c *Component) []Fact) *Document {
	out := *d
	dev := Component{Ref: d.Device.Ref, Name: d.Device.Model, Version: d.Device.Revision, Facts: d.Device.Facts, Properties: d.Device.Properties}
	out.Device.Facts = sortFacts(f(&dev))
	out.Components = reviseComponents(d.Components, f)
	return &out
}

func reviseComponents(cs []Component, f func(c *Component) []Fact) []Component {
	out := slices.Clone(cs)
	for i := range out {
		out[i].Facts = sortFacts(f(&cs[i]))
		out[i].Components = reviseComponents(cs[i].Components, f)
	}
	return out
}
