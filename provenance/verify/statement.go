package verify

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"slices"

	"github.com/gowebpki/jcs"
	"github.com/originbom/originbom/sbom/strictjson"
)

const (
	statementV1   = "https://in-toto.io/Statement/v1"
	statementV01  = "https://in-toto.io/Statement/v0.1"
	predicateType = "https://cyclonedx.org/bom"
	// inputProperty is the BOM's metadata property that names an input and its
	// sha256.
	inputProperty = "originbom:input"
	// maxSubjects is sigstore-go's own limit.
	maxSubjects = 1024
	signOurWay  = "sign it again with originbom sign"
	signOldWay  = "sign it again with originbom sign, or write the statement yourself and give it to cosign attest-blob --statement"
)

// checkStatement wants the signed payload to be a statement about these bytes
// and no others (in-toto Statement v1). artifact is the digest of what the BOM
// must be about besides, "" if nothing.
func checkStatement(payload, bom []byte, bomDigest, artifact string) error {
	f, err := statementFields(payload)
	if err != nil {
		return err
	}
	if err := f.version(); err != nil {
		return err
	}
	if got := f["predicateType"]; string(got) != `"`+predicateType+`"` {
		return refuse(signOurWay, "the statement's predicateType is %.100s, not %q", shownRaw(got), predicateType)
	}
	if err := strictjson.Check(bom, &strictjson.Limits{MaxBytes: MaxBOMSize, MaxDepth: maxDepth}); err != nil {
		return refuse("have it written and signed again by its maker", "the BOM: %v", err)
	}
	if err := checkSubjects(f["subject"], bom, bomDigest, artifact); err != nil {
		return err
	}
	return checkPredicate(f["predicate"], bom)
}

// version wants in-toto Statement v1.
func (f statementMembers) version() error {
	switch got := string(f["_type"]); got {
	case `"` + statementV1 + `"`:
		return nil
	case `"` + statementV01 + `"`:
		return refuse(signOldWay, "the statement is of in-toto version 0.1, which cosign attest-blob --predicate writes; wanted is %q", statementV1)
	default:
		return refuse(signOurWay, "the statement's _type is %.100s, not %q", shownRaw(f["_type"]), statementV1)
	}
}

func shownRaw(v []byte) string {
	if v == nil {
		return "missing"
	}
	return string(v)
}

// statementMembers are the raw members of a statement.
type statementMembers map[string][]byte

func statementFields(payload []byte) (statementMembers, error) {
	f := statementMembers{}
	lim := &strictjson.Limits{MaxBytes: MaxBundleSize, MaxDepth: maxDepth + 1}
	err := strictjson.Walk(payload, lim, func(m *strictjson.Member) error {
		if m.Depth != 1 {
			return nil
		}
		switch m.Key {
		case "_type", "subject", "predicateType", "predicate":
			f[m.Key] = m.Value
			return nil
		}
		return refuse(signOurWay, "the statement has a member that no check reads: %.100q", m.Key)
	})
	if _, ok := err.(*strictjson.Error); ok {
		return nil, refuse(signOurWay, "the statement in the bundle: %v", err)
	}
	return f, err
}

// A Subject is what a statement is about: an in-toto ResourceDescriptor, of
// which only name and digest are accepted. Nothing is bound to the name.
// Digests are lower-case hex by algorithm: sha256, sha384, sha512.
type Subject struct {
	Name   string
	Digest map[string]string
}

// checkSubjects wants one subject to be the BOM, and the artifact to be one if
// there is any. Every further digest must stand in the BOM.
func checkSubjects(raw, bom []byte, bomDigest, artifact string) error {
	subjects, err := parseSubjects(raw)
	if err != nil {
		return err
	}
	own := slices.IndexFunc(subjects, func(s Subject) bool { return s.Digest["sha256"] == bomDigest })
	if own < 0 {
		return refuse("get the BOM that belongs to this bundle, or sign this one", "the signature is about other bytes: no subject has this BOM's sha256")
	}
	if len(subjects[own].Digest) != 1 {
		return refuse(signOurWay, "the subject that is the BOM has digests besides sha256, which are not checked")
	}
	others := slices.Delete(subjects, own, own+1)
	if artifact != "" {
		at := slices.IndexFunc(others, func(s Subject) bool { return s.Digest["sha256"] == artifact && len(s.Digest) == 1 })
		if at < 0 {
			return refuse("sign it again with originbom sign --attach", "the signature is not about the artifact sha256:%s beside which it was found", artifact)
		}
		others = slices.Delete(others, at, at+1)
	}
	if len(others) == 0 {
		return nil
	}
	inside := digestsIn(bom)
	for _, s := range others {
		for alg, d := range s.Digest {
			if !inside[d] {
				return refuse(signOurWay, "the statement is also about %.100q, whose %s stands neither among the BOM's inputs nor its hashes", s.Name, alg)
			}
		}
	}
	return nil
}

func parseSubjects(raw []byte) ([]Subject, error) {
	var list []map[string]json.RawMessage
	if raw == nil || json.Unmarshal(raw, &list) != nil || len(list) == 0 {
		return nil, refuse(signOurWay, "the statement has no subject")
	}
	if len(list) > maxSubjects {
		return nil, refuse(signOurWay, "the statement has %d subjects, more than the limit of %d", len(list), maxSubjects)
	}
	subjects := make([]Subject, len(list))
	for i, m := range list {
		for key, v := range m {
			var err error
			switch key {
			case "name":
				err = json.Unmarshal(v, &subjects[i].Name)
			case "digest":
				err = json.Unmarshal(v, &subjects[i].Digest)
			default:
				return nil, refuse(signOurWay, "subject %d has a member that no check reads: %.100q", i, key)
			}
			if err != nil {
				return nil, refuse(signOurWay, "subject %d: %q has the wrong type", i, key)
			}
		}
		if err := checkDigests(i, subjects[i].Digest); err != nil {
			return nil, err
		}
	}
	return subjects, nil
}

func checkDigests(i int, digests map[string]string) error {
	sizes := map[string]int{"sha256": 32, "sha384": 48, "sha512": 64}
	if len(digests) == 0 {
		return refuse(signOurWay, "subject %d has no digest", i)
	}
	for alg, d := range digests {
		size, ok := sizes[alg]
		if !ok {
			return refuse(signOurWay, "subject %d has a digest of kind %.50q: known are sha256, sha384 and sha512", i, alg)
		}
		if b, err := hex.DecodeString(d); err != nil || len(b) != size || hex.EncodeToString(b) != d {
			return refuse(signOurWay, "the %s of subject %d is not %d lower-case hex digits", alg, i, 2*size)
		}
	}
	return nil
}

// hexRuns finds digests in an input property's value.
var hexRuns = regexp.MustCompile(`\b[0-9a-f]{64,128}\b`)

// digestsIn gives the digests that a checked BOM lists, in lower-case hex: the
// content of all hashes, and of its inputs.
func digestsIn(bom []byte) map[string]bool {
	found := map[string]bool{}
	_ = strictjson.Walk(bom, nil, func(m *strictjson.Member) error { // was checked
		switch {
		case m.Key == "hashes":
			for _, h := range stringObjects(m.Value) {
				found[h["content"]] = true
			}
		case m.Key == "properties" && m.Depth == 2 && m.Pointer() == "/metadata/properties":
			for _, p := range stringObjects(m.Value) {
				if p["name"] != inputProperty {
					continue
				}
				for _, d := range hexRuns.FindAllString(p["value"], -1) {
					found[d] = true
				}
			}
		}
		return nil
	})
	return found
}

// stringObjects decodes a list of objects that hold strings, and gives nothing
// for another value.
func stringObjects(raw []byte) []map[string]string {
	var list []map[string]string
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	return list
}

// checkPredicate wants the predicate to be the BOM, as RFC 8785 compares JSON:
// signers may write it out anew.
func checkPredicate(predicate, bom []byte) error {
	if !bytes.HasPrefix(predicate, []byte("{")) {
		return refuse(signOurWay, "the statement's predicate is not a BOM")
	}
	if compact(predicate) == compact(bom) {
		return nil
	}
	p, err := jcs.Transform(predicate)
	if err != nil {
		return refuse(signOurWay, "the statement's predicate has no canonical form: %v", err)
	}
	b, err := jcs.Transform(bom)
	if err != nil {
		return refuse(signOurWay, "the BOM has no canonical form: %v", err)
	}
	if !bytes.Equal(p, b) {
		return refuse(signOurWay, "the statement's predicate is another BOM than this one")
	}
	return nil
}
