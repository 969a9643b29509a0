package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/originbom/originbom/sbom"
)

// A Record is a result with the digests of everything it rests on, so that it
// can be replayed. All digests are sha256 in hex; blank is not used.
type Record struct {
	Tool       string // version of originbom
	Subject    string // name of the document's file
	Path       string // of that file below the working directory, with slashes; "" if it is not below it
	Document   string
	Trust      string
	Registry   string
	Waivers    string
	Packs      []PackRecord
	AsOf       string // date of rules, lists and ownership
	VerifiedAt string // time at which signatures were verified, RFC 3339; varies from run to run unless Chosen
	Chosen     bool   // the caller chose that time (--verify-at)
	Award      string // date of award, "" if not told
	Delivery   string // date of delivery, "" if not told
	Signature  SignatureRecord
	Claims     []ClaimRecord // the suppliers' claims that came with the document
	Result     *Result
	Lost       []sbom.Note // what the document holds and was not judged
}

// A PackRecord names a pack that was judged.
type PackRecord struct {
	ID      string
	Version int
	Title   string
	Digest  string
	Origin  string // OriginEmbedded, OriginFile or OriginForeign
	File    string // name of its file, "" if it came with the program
	// Namesake says that it bears the id of a pack that came with the program,
	// and is another.
	Namesake   bool
	Pinned     bool   // whoever named it pinned its digest
	IncludedBy string // id of the pack that includes it, "" if it was given
	Signature  SignatureRecord
	Overrides  []OverrideRecord // of its rules
}

// Foreign reports whether the pack is not the one that this program has under its
// id, though its id or an archive says so.
func (r *PackRecord) Foreign() bool { return r.Namesake || r.Origin == OriginForeign }

// OriginForeign is the origin of a pack in an archive that says of it that it came
// with another version of the program: this one holds no such pack.
const OriginForeign = "embedded-elsewhere"

// An OverrideRecord says how an including pack changed a rule.
type OverrideRecord struct {
	Rule string
	RuleChange
}

// Record is what a record says of the pack, but for its signature.
func (p *Pack) Record() PackRecord {
	r := PackRecord{ID: p.ID, Version: p.Version, Title: p.Title, Digest: p.Digest, Origin: p.File.Origin, Pinned: p.Pin != "", IncludedBy: p.IncludedBy}
	if r.Origin == OriginFile {
		r.File = p.File.Name
	}
	for i := range p.Rules {
		for _, c := range p.Rules[i].Changes {
			r.Overrides = append(r.Overrides, OverrideRecord{p.Rules[i].ID, c})
		}
	}
	return r
}

// A ClaimRecord says what became of one supplier's claim under the reader's
// trust: accepted, weak (it counts as declared) or void (it gives no value).
type ClaimRecord struct {
	File, Digest       string // of the bundle
	ID, Claimant, Part string // "" if the claim could not be read
	From, Until        string // dates within which it holds
	Status             string // accepted, weak, void
	Reason, Remedy     string
	Signer, KeyID      string // "" if the signer is not known
	Time, Clock        string // when it was signed, on whose clock; "" if nothing proves it
	Components         []string
	Stages             []ClaimStage
}

// Carried are the digests of the claims that carry a value of grade signed, for
// [sbom.Trust].
func (r *Record) Carried() map[string]bool {
	out := map[string]bool{}
	for _, c := range r.Claims {
		if slices.ContainsFunc(c.Stages, func(s ClaimStage) bool { return s.Status == "accepted" }) {
			out[c.Digest] = true
		}
	}
	return out
}

// A ClaimStage says what became of one stage of a claim.
type ClaimStage struct{ Stage, Says, Status, Reason string }

// SignatureRecord says what is known of the document's signatures.
type SignatureRecord struct {
	State   string // signed, unsigned, refused, not-judged; refused if one of several is
	Why     string // why it was refused or not judged
	Signers []SignerRecord
}

// A SignerRecord says what is known of one bundle that came with the document.
type SignerRecord struct {
	File, Digest string // of the bundle
	State        string // signed, refused, not-judged
	Why          string // why it was refused
	// Who signed: all blank unless State is signed.
	By, KeyID       string
	Subject, Issuer string // whom the signing certificate names; "" if a key signed
	Assessor        bool
	Time, Clock     string // when it was signed (RFC 3339), on whose clock; "" if nothing proves it
	Logged          bool   // a trusted log holds the signature
}

// By are the names of those whose signatures count, in the order of the
// bundles, each once. If one bundle is refused, nobody's counts.
func (s SignatureRecord) By() []string {
	var out []string
	if s.State != SignatureSigned {
		return nil
	}
	for _, one := range s.Signers {
		if !slices.Contains(out, one.By) {
			out = append(out, one.By)
		}
	}
	return out
}

// Assessor reports whether one of those whose signatures count is an assessor.
func (s SignatureRecord) Assessor() bool {
	return s.State == SignatureSigned && slices.ContainsFunc(s.Signers, func(one SignerRecord) bool { return one.Assessor })
}

// States of a signature.
const (
	SignatureSigned    = "signed"
	SignatureUnsigned  = "unsigned"
	SignatureRefused   = "refused"
	SignatureNotJudged = "not-judged"
)

// SealRule is the rule of the finding that a refused signature gives, whatever
// the packs say.
const SealRule = "BOM-SEAL"

// RefusedSeal is that finding.
func RefusedSeal(in Input, why string) Finding {
	ev := evaluation{Input: in}
	ev.collect()
	sum := sha256.Sum256([]byte("originbom\x00" + SealRule + "\x00" + ev.device.Ref))
	return Finding{
		Pack: "originbom", Rule: SealRule, Title: "The signature that came with the BOM is accepted", Verdict: Fail,
		Component: ev.device.Subject, Why: why, Fix: "get the BOM and its bundle again from whoever signed it; do not rely on this one",
		Fingerprint: hex.EncodeToString(sum[:16]),
	}
}
