package sbom

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom/country"
)

// This file says how facts stand in the declarations section of a CycloneDX
// document: a claim for each value (target: the component, predicate:
// "originbom:origin:manufactured=KR"), and an evidence entry for each piece of
// evidence, whose attachment is an evidence record.

// A declaredClaim is one value of one fact, or the words that could not be
// read as a value.
type declaredClaim struct {
	ref, target, predicate string
	evidence               []string // refs
	counter                []string // refs of evidence for values that contradict this one
}

// An evidenceRecord is the machine-readable form of Evidence.
type evidenceRecord struct {
	Source string `json:"source,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Place  string `json:"place,omitempty"`
	Method Method `json:"method,omitempty"`
	Says   string `json:"says,omitempty"`
	By     string `json:"by,omitempty"`
	Claim  string `json:"claim,omitempty"`
	When   string `json:"when,omitempty"`
	Note   string `json:"note,omitempty"`
}

func recordOf(e Evidence) evidenceRecord {
	return evidenceRecord{e.Source.Name, e.Source.Digest, e.Place, e.Method, e.Says, e.By, e.Claim, e.When, e.Note}
}

func (r evidenceRecord) evidence() Evidence {
	return Evidence{
		Source: Source{r.Source, r.SHA256}, Place: r.Place, Method: r.Method, Says: r.Says,
		By: r.By, Claim: r.Claim, When: r.When, Note: r.Note,
	}
}

// Sentence tells the evidence in words.
func (e Evidence) Sentence() string {
	var b strings.Builder
	b.WriteString(e.Source.Name)
	if e.Place != "" {
		b.WriteString(": " + e.Place)
	}
	if e.Says != "" {
		fmt.Fprintf(&b, ": says %q", e.Says)
	}
	if e.By != "" {
		b.WriteString(", by " + e.By)
	}
	if e.Note != "" {
		b.WriteString(" (" + e.Note + ")")
	}
	return strings.TrimPrefix(b.String(), ": ")
}

// An item is one entry of a distribution, after the draft CycloneDX 2.0
// origins vocabulary: a code with its share in percent.
type item struct {
	Code        string   `json:"code"`
	Percentage  *float64 `json:"percentage,omitempty"` // exact share
	Min         *float64 `json:"min,omitempty"`        // or an interval
	Max         *float64 `json:"max,omitempty"`
	Basis       string   `json:"basis,omitempty"`
	PerformedBy string   `json:"performedBy,omitempty"`
}

func itemOf(v Value) item {
	it := item{Code: v.Is, Basis: v.Basis, PerformedBy: v.PerformedBy}
	lo, hi := v.Share.bounds()
	switch {
	case v.Share == Interval{}:
	case lo == hi:
		it.Percentage = &lo
	default:
		it.Min, it.Max = &lo, &hi
	}
	return it
}

// value gives the item as a value of the fact; ok is false where its share is
// no share of a whole (beyond 0 to 100, or none at all) or its code no country.
// Whoever writes a document must not be able to write what adds up to anything.
func (it item) value(fact string) (v Value, ok bool) {
	v = Value{Is: it.Code, Basis: it.Basis, PerformedBy: it.PerformedBy}
	if it.Percentage != nil {
		v.Share = Interval{*it.Percentage, *it.Percentage}
	} else if it.Min != nil || it.Max != nil {
		v.Share = Interval{0, 100}
		if it.Min != nil {
			v.Share.Min = *it.Min
		}
		if it.Max != nil {
			v.Share.Max = *it.Max
		}
	}
	whole := it.Percentage == nil && it.Min == nil && it.Max == nil
	share := whole || v.Share.Min >= 0 && v.Share.Max <= 100 && v.Share.Min <= v.Share.Max && v.Share.Max > 0
	code := it.Code != "" && (!IsStage(fact) && fact != SubstantiallyTransformed || country.IsCode(it.Code))
	return v, share && code
}

// predicate writes a value as the predicate of a claim: "property=value", or
// "property:item=JSON" where there is more to say than the value.
func predicate(fact string, v Value) string {
	if v.Share == (Interval{}) && v.PerformedBy == "" && v.Basis == "" {
		return factProperty(fact) + "=" + v.Is
	}
	return factProperty(fact) + ":item=" + compactJSON(itemOf(v))
}

const (
	unreadPredicate   = ":unread"
	withheldPredicate = ":withheld"
)

// parsePredicate reverses predicate. ok is false for predicates of others.
func parsePredicate(s string) (fact string, v Value, ok bool) {
	name, value, found := strings.Cut(s, "=")
	if !found {
		return "", Value{}, false
	}
	property, isItem := strings.CutSuffix(name, ":item")
	fact = factOfProperty(property)
	if fact == "" {
		return "", Value{}, false
	}
	if !isItem {
		v, ok = item{Code: value}.value(fact)
		return fact, v, ok
	}
	var it item
	if err := json.Unmarshal([]byte(value), &it); err != nil {
		return "", Value{}, false
	}
	if v, ok = it.value(fact); !ok {
		return "", Value{}, false
	}
	return fact, v, true
}

// shortDigest names a thing by its content, in a ref.
func shortDigest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:16]
}

// declare turns facts about target into claims and collects their evidence by
// ref.
func declare(target string, fs []Fact, evidence map[string]declaredEvidence) []declaredClaim {
	var out []declaredClaim
	for _, f := range fs {
		property := factProperty(f.Name)
		refs := func(es []Evidence) []string {
			var rs []string
			for _, e := range es {
				d := declaredEvidence{property: property, evidence: e}
				rs = append(rs, d.ref())
				evidence[d.ref()] = d
			}
			return rs
		}
		conflict := Conflict(f.Name, f.Values)
		for i, v := range f.Values {
			c := declaredClaim{target: target, predicate: predicate(f.Name, v), evidence: refs(v.Evidence)}
			for j, w := range f.Values {
				if conflict && i != j {
					c.counter = append(c.counter, refs(w.Evidence)...)
				}
			}
			out = append(out, c)
		}
		if len(f.Unread) > 0 {
			out = append(out, declaredClaim{target: target, predicate: property + unreadPredicate, evidence: refs(f.Unread)})
		}
		if f.Withheld {
			out = append(out, declaredClaim{target: target, predicate: property + withheldPredicate, evidence: refs(f.WithheldBy)})
		}
	}
	for i := range out {
		out[i].ref = "claim:" + shortDigest(target+"\x00"+out[i].predicate)
	}
	return out
}

// declaredEvidence is one entry of declarations.evidence.
type declaredEvidence struct {
	property string
	evidence Evidence
}

func (d declaredEvidence) ref() string {
	return "evidence:" + shortDigest(d.property+"\x00"+evidenceKey(d.evidence))
}

// attested gives, for each signer of suppliers' claims, the refs of the values
// that it signed, sorted.
func attested(claims []declaredClaim, evidence map[string]declaredEvidence) (signers []string, refs map[string][]string) {
	refs = map[string][]string{}
	for _, c := range claims {
		for _, ref := range c.evidence {
			e := evidence[ref].evidence
			if e.Method != MethodClaim || e.By == "" || slices.Contains(refs[e.By], c.ref) {
				continue
			}
			if refs[e.By] == nil {
				signers = append(signers, e.By)
			}
			refs[e.By] = append(refs[e.By], c.ref)
		}
	}
	slices.Sort(signers)
	for _, by := range signers {
		slices.Sort(refs[by])
	}
	return signers, refs
}

// bundleRef is the ref of an attached claim bundle.
func bundleRef(f AttachedFile) string { return "bundle:" + shortDigest(f.Name+"\x00"+string(f.Data)) }

// bundlesOf gives the attached bundles that facts cite, with their digests, in
// the document's order.
func (d *Document) bundlesOf(fs []Fact) (bundles []AttachedFile, digests []string) {
	if len(d.Claims) == 0 {
		return nil, nil
	}
	cited := map[string]bool{}
	for _, f := range fs {
		for _, v := range f.Values {
			for _, e := range v.Evidence {
				cited[e.Claim] = true
			}
		}
		for _, e := range f.WithheldBy {
			cited[e.Claim] = true
		}
	}
	for _, f := range d.Claims {
		sum := sha256.Sum256(f.Data)
		if digest := hex.EncodeToString(sum[:]); cited[digest] {
			bundles, digests = append(bundles, f), append(digests, digest)
		}
	}
	return bundles, digests
}
