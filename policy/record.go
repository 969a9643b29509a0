package policy

import (
	"crypto/sha256"
	"encoding/hex"
)

// A Record is a result with the digests of everything it rests on, so that it
// can be replayed. All digests are sha256 in hex; blank is not used.
type Record struct {
	Tool       string // version of originbom
	Subject    string // name of the document's file
	Document   string
	Bundle     string
	Trust      string
	Registry   string
	Waivers    string
	Packs      []PackRecord
	AsOf       string // date of rules, lists and ownership
	VerifiedAt string // time at which signatures were verified, RFC 3339
	Signature  SignatureRecord
	Result     *Result
}

// A PackRecord names a pack that was judged.
type PackRecord struct {
	ID      string
	Version int
	Title   string
	Digest  string
}

// SignatureRecord says what is known of the document's signature.
type SignatureRecord struct {
	State    string // signed, unsigned, refused, not-judged
	By       string
	KeyID    string
	Assessor bool
	Why      string // why it was refused or not judged
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
