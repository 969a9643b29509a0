// Package audit answers: is this firmware the one that a BOM describes? It
// compares the partitions, applications, drivers, libraries and parts of a BOM
// with those read from an image or dump, by what each is and where it is, and
// tells what agrees, what differs and what could not be compared.
//
// It does not verify the BOM's signature, and says nothing of what is in neither.
package audit

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/visible"
)

// State is how an item of the BOM and of the image compare.
type State string

// The states.
const (
	Agrees      State = "agrees"
	Differs     State = "differs"
	Missing     State = "only in the BOM"
	Extra       State = "only in the image"
	NotCompared State = "not compared"
)

// An Item is one component of the BOM or the image.
type Item struct {
	State State  `json:"state"`
	Kind  string `json:"kind"`
	Where string `json:"where"` // partitions that it lies in, and its name
	Was   string `json:"bom,omitempty"`
	Is    string `json:"image,omitempty"`
	Why   string `json:"why,omitempty"` // what differs, or why it was not compared
}

// A Result is all items, sorted by state, kind and place.
type Result struct {
	Items []Item `json:"items"`
}

// Count is how many items have the state.
func (r *Result) Count(s State) int {
	n := 0
	for _, it := range r.Items {
		if it.State == s {
			n++
		}
	}
	return n
}

// Verdict is Differs if anything differs or is on one side only, NotCompared if
// nothing agrees or something could not be compared, else Agrees.
func (r *Result) Verdict() State {
	switch {
	case r.Count(Differs)+r.Count(Missing)+r.Count(Extra) > 0:
		return Differs
	case r.Count(Agrees) == 0 || r.Count(NotCompared) > 0:
		return NotCompared
	}
	return Agrees
}

// said are the properties that are compared beside digests and versions: what
// signs an application or a partition, and what verified boot says.
var said = []string{
	"originbom:android:version-code", "originbom:android:signature", "originbom:android:signer:sha256",
	"originbom:firmware:avb:signed", "originbom:firmware:avb:key-sha1", "originbom:firmware:avb:flags",
	"originbom:firmware:avb:rollback-index", "originbom:firmware:avb:digest-match",
}

// Compare compares a BOM with the components read from an image. Firmware that
// stands for a whole archive is left out: another container of the same
// partitions is the same phone. Parts are compared only if both sides have some,
// and candidates never.
func Compare(bom *sbom.Document, image []sbom.Component) Result {
	was, is := gather(bom.Components), gather(image)
	follow(was, is)
	var r Result
	inImage, hasParts := covers(is)
	inBOM, bomHasParts := covers(was)
	for key, old := range was {
		now, ok := is[key]
		item := Item{Kind: string(old.kind), Where: old.where, Was: old.summary()}
		switch {
		case ok:
			item.Is = now.summary()
			item.State, item.Why = old.against(now)
		case old.kind == sbom.Hardware && !hasParts:
			item.State, item.Why = NotCompared, "the image describes no parts"
		case old.kind == sbom.Hardware:
			item.State, item.Why = NotCompared, "the image's device trees do not name it; they name few parts"
		case !inImage[old.partition]:
			item.State, item.Why = NotCompared, "the image has no partition "+cmp.Or(old.partition, "for it")
		default:
			item.State = Missing
		}
		r.Items = append(r.Items, item)
	}
	for key, now := range is {
		if _, ok := was[key]; !ok {
			item := Item{State: Extra, Kind: string(now.kind), Where: now.where, Is: now.summary()}
			switch {
			case now.kind == sbom.Hardware && !bomHasParts:
				item.State, item.Why = NotCompared, "the BOM lists no parts"
			case now.unidentified && named(was, now.category):
				item.State, item.Why = NotCompared, "the image shows that there is one, and the BOM names it"
			case now.kind != sbom.Hardware && !inBOM[now.partition]:
				item.State, item.Why = NotCompared, "the BOM has no partition "+cmp.Or(now.partition, "for it")
			}
			r.Items = append(r.Items, item)
		}
	}
	slices.SortFunc(r.Items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(order(a.State), order(b.State)), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Where, b.Where))
	})
	return r
}

// follow lays an operating system or kernel of the image under the key of the
// BOM's one of that name: a BOM of several inputs lists a kernel once, below the
// system whose modules it runs, and an image has it in its boot partition.
func follow(was, is map[string]entry) {
	for _, key := range slices.Sorted(maps.Keys(is)) {
		now := is[key]
		if _, ok := was[key]; ok || now.kind != sbom.OperatingSystem {
			continue
		}
		var same []string
		for k, old := range was {
			if _, taken := is[k]; !taken && old.kind == now.kind && old.name == now.name {
				same = append(same, k)
			}
		}
		if len(same) == 1 {
			delete(is, key)
			is[same[0]] = now
		}
	}
}

// named reports whether the BOM has an identified part of the category.
func named(entries map[string]entry, category sbom.Category) bool {
	for _, e := range entries {
		if e.kind == sbom.Hardware && e.category == category && !e.unidentified {
			return true
		}
	}
	return false
}

// covers says which partitions one side has, and whether it has parts.
func covers(entries map[string]entry) (partitions map[string]bool, parts bool) {
	partitions = map[string]bool{}
	for _, e := range entries {
		if e.kind == sbom.Hardware {
			parts = true
			continue
		}
		partitions[e.partition] = true
	}
	return partitions, parts
}

func order(s State) int {
	return slices.Index([]State{Differs, Missing, Extra, NotCompared, Agrees}, s)
}

type entry struct {
	kind         sbom.Kind
	name         string
	category     sbom.Category
	unidentified bool
	where        string
	partition    string
	values       map[string]string // by name: sha256, version, and said
}

// gather lists components by a key that another image of the same build has too.
func gather(cs []sbom.Component) map[string]entry {
	out := map[string]entry{}
	var walk func(cs []sbom.Component, partition, where string)
	walk = func(cs []sbom.Component, partition, where string) {
		for i := range cs {
			c := &cs[i]
			if c.Candidate {
				continue
			}
			e := entry{kind: c.Kind, name: c.Name, category: c.Category, unidentified: c.Unidentified, where: c.Name, partition: partition, values: values(c)}
			if p := e.values[partitionProperty]; p != "" {
				e.partition = p
			}
			delete(e.values, partitionProperty)
			whole := c.Kind == sbom.Firmware && e.partition == ""
			below := where
			if !whole {
				if where != "" {
					e.where = where + "/" + c.Name
				}
				below = e.where
				key := string(c.Kind) + "\x00" + e.where
				for n := 2; out[key].kind != ""; n++ {
					key = fmt.Sprintf("%s\x00%s\x00%d", c.Kind, e.where, n)
				}
				out[key] = e
			}
			walk(c.Components, e.partition, below)
		}
	}
	walk(cs, "", "")
	return out
}

const partitionProperty = "originbom:android:partition"

func values(c *sbom.Component) map[string]string {
	v := map[string]string{}
	if c.Version != "" {
		v["version"] = c.Version
	}
	for _, h := range c.Hashes {
		if h.Algorithm == "SHA-256" {
			v["sha256"] = h.Value
		}
	}
	for _, p := range c.Properties {
		if p.Name == partitionProperty {
			v[p.Name] = p.Value
		} else if slices.Contains(said, p.Name) {
			v[p.Name] = strings.TrimSpace(v[p.Name] + " " + p.Value)
		}
	}
	return v
}

// against compares what both sides tell.
func (e entry) against(now entry) (State, string) {
	var why []string
	shared := false
	for _, name := range slices.Sorted(maps.Keys(e.values)) {
		is, ok := now.values[name]
		shared = shared || ok
		if ok && is != e.values[name] {
			why = append(why, strings.TrimPrefix(name, "originbom:"))
		}
	}
	switch {
	case len(why) > 0:
		return Differs, strings.Join(why, ", ")
	case !shared && e.kind != sbom.Hardware:
		return NotCompared, "both have it, and neither a digest nor a version of it is in both"
	}
	return Agrees, ""
}

// summary is the digest or version, for people.
func (e entry) summary() string {
	if d := e.values["sha256"]; d != "" {
		return "sha256 " + d[:min(16, len(d))]
	}
	return e.values["version"]
}

// answers are the verdicts in words.
var answers = map[State]string{
	Agrees:      "YES   the firmware is the one that the BOM describes, in all that was compared",
	Differs:     "NO   the firmware is not the one that the BOM describes: ask its maker which build the BOM is of, and for the BOM of this one",
	NotCompared: "CANNOT TELL   not everything could be compared: give the whole image, or a BOM that was made from one",
}

// Text writes the result for people: the answer, what differs, what is on one side
// only, what could not be compared. Items that agree are counted, not listed.
func Text(w io.Writer, r Result) error {
	var b strings.Builder
	visible.Fprintf(&b, "Audit: %s\n", answers[r.Verdict()])
	for _, it := range r.Items {
		if it.State == Agrees {
			continue
		}
		visible.Fprintf(&b, "%s: %s \"%s\"", it.State, it.Kind, it.Where)
		if it.Why != "" {
			visible.Fprintf(&b, ": %s", it.Why)
		}
		if it.Was != it.Is {
			visible.Fprintf(&b, " (BOM: %s, image: %s)", cmp.Or(it.Was, "not told"), cmp.Or(it.Is, "not told"))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s, %s, %d only in the BOM, %d only in the image, %d not compared\n",
		verb(r.Count(Agrees), "agree"), verb(r.Count(Differs), "differ"), r.Count(Missing), r.Count(Extra), r.Count(NotCompared))
	_, err := io.WriteString(w, b.String())
	return err
}

// verb words how many do something: "1 agrees", "2 agree".
func verb(n int, does string) string {
	if n == 1 {
		does += "s"
	}
	return fmt.Sprintf("%d %s", n, does)
}
