package sbom

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom/strictjson"
)

// A Decoded is a document as it was read from a file.
type Decoded struct {
	Document *Document
	Source   Source         // the file and the digest of its bytes
	Lines    map[string]int // the line on which the object with each bom-ref begins
	Notes    []Note         // what the document holds and the model cannot keep
}

// Decode reads a CycloneDX JSON document of any author. data is judged and
// decoded as it is: keys that occur twice, or differ only in case, are refused,
// as are two objects with one bom-ref, and two values of a property of ours that
// can have one. A component without a bom-ref gets its JSON pointer as its Ref.
// Of what a document states twice about the completeness of a list, the worse
// counts.
//
// Facts come with the evidence that the document carries, in the words of
// whoever wrote it. What a field or property states beyond that is evidence of
// its own, from the document. Grades, states and counts that a document writes
// down are not read.
func Decode(file string, data []byte) (*Decoded, error) {
	if err := strictjson.Check(data, nil); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	lines, err := refLines(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	sum := sha256.Sum256(data)
	src := Source{Name: file, Digest: hex.EncodeToString(sum[:])}
	doc, notes, err := decodeCycloneDX(src, data, lines)
	if err != nil {
		return nil, fmt.Errorf("%s: not a CycloneDX JSON document: %w", file, err)
	}
	return &Decoded{Document: doc, Source: src, Lines: lines, Notes: notes}, nil
}

// refLines finds where each ref stands, and refuses a ref that stands twice,
// however it is spelled: "a" and "\u0061" are one.
func refLines(data []byte) (map[string]int, error) {
	lines := map[string]int{}
	err := strictjson.Walk(data, nil, func(m *strictjson.Member) error {
		if m.Key != "bom-ref" || len(m.Value) < 2 || m.Value[0] != '"' {
			return nil
		}
		var ref string
		if err := json.Unmarshal(m.Value, &ref); err != nil {
			return fmt.Errorf("line %d: the bom-ref %.100s is no text", m.Object, m.Value)
		}
		if first, ok := lines[ref]; ok {
			return fmt.Errorf("line %d: the bom-ref %.100q stands already at line %d: every ref must be unique", m.Object, ref, first)
		}
		lines[ref] = m.Object
		return nil
	})
	if err != nil {
		return nil, err
	}
	return lines, nil
}

// ReadBOM reads somebody's BOM as an input to another document. Whatever it
// says is the word of its author: grade declared, whatever methods it claims.
// Claim bundles that travel in it are kept, so that they can be verified anew.
func ReadBOM(file string, data []byte) (Reading, []AttachedFile, error) {
	dec, err := Decode(file, data)
	if err != nil {
		return Reading{}, nil, err
	}
	d := dec.Document
	author := ""
	if len(d.Authors) > 0 {
		author = d.Authors[0].Name
	}
	h := hearsay{src: dec.Source, author: author, bundles: map[string]bool{}}
	for _, c := range d.Claims {
		sum := sha256.Sum256(c.Data)
		h.bundles[hex.EncodeToString(sum[:])] = true
	}
	r := Reading{Input: Input{Name: file, Kind: "cyclonedx", Digest: dec.Source.Digest}, Device: d.Device, Notes: slices.Concat(dec.Notes, d.Notes)}
	r.Device.Ref, r.Device.DependsOn = "", nil
	r.Device.Facts = h.facts(r.Device.Facts, d.Device.Ref)
	r.Components = h.components(d.Components)
	return r, d.Claims, nil
}

// hearsay rewrites evidence as the word of a document.
type hearsay struct {
	src     Source
	author  string
	bundles map[string]bool // digests of the claims that travel with it: they speak for themselves
}

func (h hearsay) evidence(e Evidence, place string) Evidence {
	if e.Source == h.src {
		return e
	}
	note := "as written there: " + e.Sentence()
	return Evidence{Source: h.src, Place: place, Method: MethodDocument, Says: e.Says, By: h.author, Claim: e.Claim, When: e.When, Note: note}
}

func (h hearsay) list(es []Evidence, place string) []Evidence {
	var out []Evidence
	for _, e := range es {
		if claim := e.Method == MethodClaim || e.Method == MethodWeakClaim; !claim || !h.bundles[e.Claim] {
			out = append(out, h.evidence(e, place))
		}
	}
	return out
}

// facts leaves out values that rest on nothing but the claims that travel with
// the document: whoever reads those gets the values from them.
func (h hearsay) facts(fs []Fact, place string) []Fact {
	var out []Fact
	for _, f := range fs {
		g := Fact{Name: f.Name, Unread: h.list(f.Unread, place), WithheldBy: h.list(f.WithheldBy, place)}
		g.Withheld = f.Withheld && (len(f.WithheldBy) == 0 || len(g.WithheldBy) > 0)
		for _, v := range f.Values {
			if es := h.list(v.Evidence, place); len(es) > 0 || len(v.Evidence) == 0 {
				v.Evidence = es
				g.Values = append(g.Values, v)
			}
		}
		if len(g.Values) > 0 || len(g.Unread) > 0 || g.Withheld {
			out = append(out, g)
		}
	}
	return out
}

func (h hearsay) components(cs []Component) []Component {
	out := slices.Clone(cs)
	for i := range out {
		c := &out[i]
		if strings.HasPrefix(c.Ref, pointerRef) {
			c.Ref = "" // its place in that document is no name in another
		}
		c.Facts = h.facts(c.Facts, c.Ref)
		c.Found = h.list(c.Found, c.Ref)
		if len(c.Found) == 0 {
			says := strings.TrimSpace(c.Name + " " + c.Version)
			c.Found = []Evidence{{Source: h.src, Place: c.Ref, Method: MethodDocument, Says: says, By: h.author}}
		}
		c.Components = h.components(c.Components)
	}
	return out
}
