package claim

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
)

// MaxBundles is how many bundles Evaluate takes: several for each part of a
// phone. Each costs a signature check.
const MaxBundles = 4096

// A Reader is whose eyes claims are judged with.
type Reader struct {
	Trust    *verify.Trust      // nil trusts nobody: every claim is weak
	Registry *registry.Registry // under which names two firms are one; nil for names as they stand
	Now      time.Time          // when keys must be valid
	AsOf     time.Time          // day on which claims must hold
}

// Status is what became of a claim or of one of its stages.
type Status string

// The outcomes, best first.
const (
	Accepted Status = "accepted"
	Weak     Status = "weak"
	Void     Status = "void"
)

// A Result is what a reader makes of one bundle, before it is laid on a
// document. Its methods and fields give what can be shown: of a bundle that is
// not whole only File, Digest and Reason are set.
type Result struct {
	File   string // name of the bundle
	Digest string // sha256 of the bundle, hex
	Status Status
	Reason string // why it is weak or void, without a remedy
	Remedy string // what to do about it, "" if that is plain

	Claim *Claim // nil if it could not be read
	// Signer, Role, Key, Time and Clock tell of the signature, where trust knows
	// the signer; zero otherwise. Time is zero without a trusted timestamp.
	Signer string
	Role   verify.Role
	Key    string
	Time   time.Time
	Clock  string
	// Weakness says in a word why the signer does not count, "" if it does.
	Weakness verify.Weakness

	scope  verify.Scope
	others []string // digests of documents that the claim was made for
	reader Reader
}

// Evaluate judges bundles under the reader's trust: one result each, in the
// order of File and Digest; the same bundle twice is judged once. It returns an
// error only if the work could not be done: no times, or too many bundles.
func Evaluate(bundles []sbom.AttachedFile, r Reader) ([]Result, error) {
	if r.Now.IsZero() || r.AsOf.IsZero() {
		return nil, errors.New("claim: no time given")
	}
	if len(bundles) > MaxBundles {
		return nil, fmt.Errorf("%d claim bundles are more than the limit of %d", len(bundles), MaxBundles)
	}
	var out []Result
	seen := map[string]bool{}
	for _, b := range bundles {
		sum := sha256.Sum256(b.Data)
		digest := hex.EncodeToString(sum[:])
		if seen[digest] {
			continue
		}
		seen[digest] = true
		out = append(out, r.one(b.Name, digest, b.Data))
	}
	slices.SortFunc(out, func(a, b Result) int { return compare(a.File, b.File, a.Digest, b.Digest) })
	supersede(out)
	return out, nil
}

func compare(pairs ...string) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		switch {
		case pairs[i] < pairs[i+1]:
			return -1
		case pairs[i] > pairs[i+1]:
			return 1
		}
	}
	return 0
}

// one judges a bundle by itself.
func (r Reader) one(file, digest string, bundle []byte) Result {
	res := Result{File: file, Digest: digest, Status: Accepted, reader: r}
	a, err := verify.Statement(bundle, []string{PredicateType, SCAI}, r.Trust, r.Now)
	var weak *verify.WeakError
	var refused *verify.RefusedError
	payload := a.Payload()
	switch {
	case err == nil:
		res.Signer, res.Role, res.Key, res.Time, res.Clock = a.Signer(), a.Role(), a.KeyID(), a.Time(), a.Clock()
		res.scope = a.Scope()
	case errors.As(err, &weak):
		res.weaken(weak.Weakness, weak.Reason, weak.Remedy)
		payload = weak.Untrusted()
	case errors.As(err, &refused):
		return res.void(refused.Reason, refused.Remedy)
	default:
		return res.void(err.Error(), "")
	}
	st, err := parse(payload)
	if err != nil {
		return res.void(err.Error(), "have it written and signed again by the supplier")
	}
	res.Claim, res.others = st.claim, st.others
	if res.Status == Accepted {
		res.speaker(a)
	}
	day := r.AsOf.Format(time.DateOnly)
	switch c := st.claim; {
	case day < c.ValidFrom:
		return res.void(fmt.Sprintf("it holds from %s on, and is judged as of %s", c.ValidFrom, day), "")
	case c.ValidUntil != "" && day > c.ValidUntil:
		return res.void(fmt.Sprintf("it held until %s, and is judged as of %s", c.ValidUntil, day), "ask the supplier for a new claim")
	}
	return res
}

func (res *Result) weaken(w verify.Weakness, reason, remedy string) {
	res.Status, res.Weakness, res.Reason, res.Remedy = Weak, w, reason, remedy
}

func (res Result) void(reason, remedy string) Result {
	res.Status, res.Reason, res.Remedy = Void, reason, remedy
	return res
}

// Weaknesses that the reader's trust gives beside those of package verify.
const (
	NotSupplier verify.Weakness = "not-a-supplier"
	OtherMaker  verify.Weakness = "other-maker"
	OtherPart   verify.Weakness = "other-part"
	OtherStage  verify.Weakness = "other-stage"
	NotThisOne  verify.Weakness = "not-this-one" // of a revision, lot or series that the document does not tell
	NoMaker     verify.Weakness = "no-maker"     // the document does not say who made the part, or names several

	OtherDocument verify.Weakness = "other-document" // made for a document that this one is not known to be, or to be made of
)

// speaker says whether the signer may speak about the part at all. An assessor
// may speak about every part.
func (res *Result) speaker(a verify.Attestation) {
	part := res.Claim.Part
	const remedy = "if it should, widen its scope in the trust file"
	switch {
	case a.Role() == verify.RoleAssessor:
	case a.Role() != verify.RoleSupplier:
		res.weaken(NotSupplier, fmt.Sprintf("%s may sign BOMs, and is no supplier in the trust file", res.Signer), "if it should speak about parts, list it under suppliers")
	case !slices.ContainsFunc(res.scope.Manufacturers, func(m string) bool { return res.reader.same(m, part.Manufacturer) }):
		res.weaken(OtherMaker, fmt.Sprintf("%s may not speak about parts of %s", res.Signer, part.Manufacturer), remedy)
	case !res.scope.Part(part.PartNumber):
		res.weaken(OtherPart, fmt.Sprintf("%s may not speak about the part number %s", res.Signer, part.PartNumber), remedy)
	}
	if res.Status == Accepted && a.MaxAge() > 0 && a.Time().IsZero() {
		res.age(a.MaxAge())
	}
}

// age judges by the claim's own date a signature whose time nothing proves.
func (res *Result) age(most time.Duration) {
	from, err := time.Parse(time.DateOnly, res.Claim.ValidFrom)
	if err == nil && res.reader.Now.Sub(from) > most {
		res.weaken(verify.TooOld, fmt.Sprintf("it is from %s, older than the %d days that the trust file allows %s", res.Claim.ValidFrom, int(most.Hours()/24), res.Signer), "ask the supplier for a new claim")
	}
}

// stage says whether the signer may speak about a stage: a reason if not.
func (res *Result) stage(stage string) (verify.Weakness, string) {
	switch {
	case res.Status == Weak:
		return res.Weakness, res.Reason
	case res.Role == verify.RoleSupplier && !res.scope.Stage(stage):
		return OtherStage, fmt.Sprintf("%s may not speak about the stage %s", res.Signer, stage)
	}
	return "", ""
}

// same reports whether two names are one firm's: the same text, or exact names
// of one organisation in the reader's registry. A possible match is none.
func (r Reader) same(a, b string) bool {
	if a == b {
		return true
	}
	if r.Registry == nil {
		return false
	}
	x, y := r.Registry.ByName(a).Exact, r.Registry.ByName(b).Exact
	return x != nil && y != nil && x.ID == y.ID
}

// supersede voids claims that another one replaces: one about the same part by
// a signer who may speak about it, and who is that of the replaced claim or an
// assessor if that one's signer may speak too. A claim that no longer holds
// itself replaces nevertheless, so that an old one does not come back.
func supersede(rs []Result) {
	before := slices.Clone(rs)
	for i := range rs {
		old := &rs[i]
		if old.Claim == nil || old.Status == Void {
			continue
		}
		for j := range before {
			by := &before[j]
			if i != j && by.replaces(&before[i]) {
				*old = old.void(fmt.Sprintf("the claim %s of %s replaces it", by.Claim.ID, by.Signer), "")
				break
			}
		}
	}
}

func (res *Result) replaces(old *Result) bool {
	c := res.Claim
	if c == nil || !slices.Contains(c.Supersedes, old.Claim.ID) || res.Signer == "" || res.Weakness != "" {
		return false
	}
	if c.ValidFrom > res.reader.AsOf.Format(time.DateOnly) {
		return false // not yet
	}
	if res.Status == Void && (c.ValidUntil == "" || res.reader.AsOf.Format(time.DateOnly) <= c.ValidUntil) {
		return false
	}
	if !res.reader.same(c.Part.Manufacturer, old.Claim.Part.Manufacturer) || sbom.NormalPartNumber(c.Part.PartNumber) != sbom.NormalPartNumber(old.Claim.Part.PartNumber) {
		return false
	}
	return old.Signer == res.Signer || old.Weakness != "" || res.Role == verify.RoleAssessor
}
