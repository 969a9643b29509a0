package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/originbom/originbom/sbom/strictyaml"
)

// Waivers are findings that somebody has accepted until a date.
type Waivers struct {
	Waivers []Waiver `yaml:"waivers"`

	// Digest is the sha256 in hex of the file.
	Digest string `yaml:"-"`
}

// A Waiver accepts one rule's finding on one component. It names the component
// by its ref, its identity (maker, part number and revision), or both; another
// revision has another identity and is not waived.
type Waiver struct {
	ID        string          `yaml:"id"`
	Rule      string          `yaml:"rule"`
	Component WaivedComponent `yaml:"component"`
	Reason    string          `yaml:"reason"`
	Approver  string          `yaml:"approver"`
	Ticket    string          `yaml:"ticket"`
	Expires   string          `yaml:"expires"` // the last day on which it applies
	Line      int             `yaml:"-"`
}

// WaivedComponent names a component.
type WaivedComponent struct {
	Ref      string `yaml:"ref"`
	Identity string `yaml:"identity"`
}

// A WaiverNote says why a waiver did not apply, or what it is worth less for.
type WaiverNote struct {
	Waiver, Why string
}

// ParseWaivers reads a waiver file. Waivers without approver or expiry load:
// they do not apply, and the result says so.
func ParseWaivers(file string, data []byte) (*Waivers, error) {
	w := new(Waivers)
	if err := strictyaml.Decode(file, data, w); err != nil {
		return nil, err
	}
	for _, one := range w.Waivers {
		if one.Expires != "" && !isDate(one.Expires) {
			return nil, fmt.Errorf("%s: line %d: expires: %q is no date: write 2027-01-31", file, one.Line, one.Expires)
		}
		if one.Component == (WaivedComponent{}) {
			return nil, fmt.Errorf("%s: line %d: the waiver names no component: write component: {identity: ...}", file, one.Line)
		}
	}
	sum := sha256.Sum256(data)
	w.Digest = hex.EncodeToString(sum[:])
	return w, nil
}

func (w Waiver) name() string { return cmp.Or(w.ID, w.Ticket, "waiver of "+w.Rule) }

// waive applies the waivers to the findings. It says which did not apply, and
// which name their component by its ref alone.
func (ev *evaluation) waive(findings []Finding) (inert, byRef []WaiverNote) {
	if ev.Waivers == nil {
		return nil, nil
	}
	at := indexOpen(findings)
	for _, w := range ev.Waivers.Waivers {
		why := w.inert(ev.date)
		used := false
		alone := "" // the identity that it should name
		for _, i := range at[w.target()] {
			f := &findings[i]
			same, changed := w.Component.names(f.Component)
			switch {
			case f.Waiver != "" || !same && !changed:
				continue
			case why != "":
				f.Why += fmt.Sprintf("; waiver %s does not apply: %s", w.name(), why)
			case changed:
				why = "the component has changed: it is another part or revision than the one that was waived"
				f.Why += fmt.Sprintf("; waiver %s does not apply: %s", w.name(), why)
			default:
				f.Verdict, f.Waiver = Waived, w.name()
				f.Why += fmt.Sprintf("; waived until %s by %s: %s", w.Expires, w.Approver, w.Reason)
				if w.Component.Identity == "" {
					alone = f.Component.Identity
				}
			}
			used = true
		}
		if why == "" && !used {
			why = "no finding of that rule and component"
		}
		if why != "" {
			inert = append(inert, WaiverNote{w.name(), why})
		}
		if alone != "" {
			byRef = append(byRef, WaiverNote{w.name(), "it names its component by ref alone, which whoever writes the BOM chooses, so it follows another part under the same ref: write component: {ref: " + strconv.Quote(w.Component.Ref) + ", identity: " + strconv.Quote(alone) + "}"})
		}
	}
	return inert, byRef
}

// A target is what a waiver is looked up by: its rule, and the component's ref
// or, without one, its identity.
type target struct{ rule, ref, identity string }

func (w Waiver) target() target {
	if w.Component.Ref != "" {
		return target{w.Rule, w.Component.Ref, ""}
	}
	return target{w.Rule, "", w.Component.Identity}
}

// indexOpen finds the findings that a waiver may apply to.
func indexOpen(findings []Finding) map[target][]int {
	at := map[target][]int{}
	for i := range findings {
		f := &findings[i]
		if f.Verdict != Fail && f.Verdict != Undecided && f.Verdict != Warn {
			continue
		}
		for _, t := range [...]target{{f.Rule, f.Component.Ref, ""}, {f.Rule, "", f.Component.Identity}} {
			at[t] = append(at[t], i)
		}
	}
	return at
}

// inert says why a waiver applies to nothing on the date.
func (w Waiver) inert(date string) string {
	switch {
	case w.Approver == "":
		return "it has no approver"
	case w.Expires == "":
		return "it has no expiry date"
	case w.Expires < date:
		return "it expired on " + w.Expires
	}
	return ""
}

// names reports whether the waiver means the component; changed is set where
// the ref is the same and the identity is another.
func (c WaivedComponent) names(s Subject) (same, changed bool) {
	switch {
	case c.Identity == "":
		return c.Ref == s.Ref, false
	case c.Ref == "":
		return c.Identity == s.Identity, false
	case c.Ref != s.Ref:
		return false, false
	}
	return c.Identity == s.Identity, c.Identity != s.Identity
}
