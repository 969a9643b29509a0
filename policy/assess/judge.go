package assess

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
)

// A Judgement is everything that a verdict on a BOM rests on.
type Judgement struct {
	Name     string // the BOM's file, for messages
	Path     string // the file below the working directory, "" if it is not below it: see policy.Record
	BOM      []byte
	Bundles  []Bundle      // that came with it, none if it is unsigned
	Trust    *verify.Trust // nil if nobody was chosen
	Registry *registry.Registry
	Packs    []*policy.Pack // and those that they include
	// SignedPacks refuses a pack that is a file and that nobody trusted signed.
	SignedPacks bool
	Waivers     *policy.Waivers // may be nil
	AsOf        time.Time       // dates rules, lists and ownership
	VerifyAt    time.Time       // when keys must be valid
	Chosen      bool            // the caller chose VerifyAt
	// Award and Delivery are dates that rules may be read at; zero if not told.
	Award, Delivery time.Time
	Tool            string
	// Claims are claim bundles that came beside the BOM. Those that travel in it
	// are judged in any case.
	Claims []sbom.AttachedFile
}

// A Bundle is a signature that came with a BOM.
type Bundle struct {
	Name string // of its file, for messages and the record
	Data []byte
}

// Judge verifies the BOM's signatures, decodes those same bytes, and judges them
// by the packs. The document comes back with the origins that its claims carry
// under the judge's trust. A signature that is there and not accepted is a failing
// finding, however many others are accepted, and then nobody's counts. An error
// means that the work could not be done; so is a pack whose signature is there and
// not accepted, because nothing can be judged by it.
func Judge(j Judgement) (*sbom.Document, *policy.Record, error) {
	judged, err := j.packs()
	if err != nil {
		return nil, nil, err
	}
	signature, err := j.verify()
	if err != nil {
		return nil, nil, err
	}
	dec, err := sbom.Decode(j.Name, j.BOM)
	if err != nil {
		return nil, nil, err
	}
	joined, err := JoinClaims(dec.Document, ClaimReader{
		Trust: j.Trust, Registry: j.Registry, Now: j.VerifyAt, AsOf: j.AsOf, More: j.Claims,
		Written: claim.Written{Assessor: signature.Assessor(), Digest: dec.Source.Digest},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", j.Name, err)
	}
	in := policy.Input{
		Document: joined.Document, Raw: j.BOM, Lines: dec.Lines, Trust: sbom.Trust{AsWritten: signature.Assessor(), Claims: joined.Claims},
		Signed:   policy.Signature{Checked: signature.State != policy.SignatureNotJudged, By: signature.By()},
		Registry: j.Registry, Packs: j.Packs, Waivers: j.Waivers, AsOf: j.AsOf,
		Award: j.Award, Delivery: j.Delivery,
	}
	res, err := policy.Evaluate(in)
	if err != nil {
		return nil, nil, err
	}
	if found := discrepancies(joined.Document, in.Trust); found != nil {
		res.Findings = append(res.Findings, found...)
		res.Verdict = policy.Worst(res.Verdict, policy.Warn)
	}
	if signature.State == policy.SignatureRefused {
		res.Findings = slices.Insert(res.Findings, 0, policy.RefusedSeal(in, signature.Why))
		res.Verdict = policy.Fail
	}
	rec := &policy.Record{
		Tool: j.Tool, Subject: j.Name, Path: j.Path, Document: hexDigest(j.BOM), Trust: j.Trust.Digest(), Registry: j.Registry.Digest(),
		AsOf: res.AsOf, VerifiedAt: j.VerifyAt.UTC().Format(time.RFC3339), Signature: signature, Result: res,
		Claims: ClaimRecords(joined.Outcomes), Packs: judged, Lost: dec.Notes,
		Chosen: j.Chosen, Award: dateOrBlank(j.Award), Delivery: dateOrBlank(j.Delivery),
	}
	if j.Waivers != nil {
		rec.Waivers = j.Waivers.Digest
	}
	return joined.Document, rec, nil
}

func dateOrBlank(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// verify says what is known of the signatures.
func (j *Judgement) verify() (policy.SignatureRecord, error) {
	rec := policy.SignatureRecord{State: policy.SignatureSigned}
	switch {
	case j.Trust == nil:
		rec.State, rec.Why = policy.SignatureNotJudged, "nobody was chosen to trust (--trust FILE or --key PUB), so it counts as unsigned"
	case len(j.Bundles) == 0:
		rec.State, rec.Why = policy.SignatureUnsigned, "no bundle lies beside the BOM"
	}
	for _, b := range j.Bundles {
		one := policy.SignerRecord{File: b.Name, Digest: hexDigest(b.Data), State: policy.SignatureNotJudged}
		if j.Trust != nil {
			if err := j.verifyOne(b, &one); err != nil {
				return policy.SignatureRecord{}, fmt.Errorf("%s: %w", b.Name, err)
			}
		}
		if one.State == policy.SignatureRefused && rec.State != policy.SignatureRefused {
			rec.State, rec.Why = policy.SignatureRefused, one.Why
			if len(j.Bundles) > 1 {
				rec.Why = b.Name + ": " + one.Why
			}
		}
		rec.Signers = append(rec.Signers, one)
	}
	return rec, nil
}

// verifyOne says who made one signature.
func (j *Judgement) verifyOne(b Bundle, one *policy.SignerRecord) error {
	seal, err := verify.BOM(j.BOM, b.Data, j.Trust, j.VerifyAt)
	var refused *verify.RefusedError
	if errors.As(err, &refused) {
		one.State, one.Why = policy.SignatureRefused, err.Error()
		return nil
	} else if err != nil {
		return err
	}
	signedBy(one, seal)
	one.Assessor = seal.Assessor()
	return nil
}

// An accepted signature is a [verify.Seal] of a BOM or a [verify.Attestation].
type accepted interface {
	Signer() string
	KeyID() string
	Identity() verify.Identity
	Time() time.Time
	Clock() string
	Logged() bool
}

// signedBy records who made a signature, and when if that is proved.
func signedBy(one *policy.SignerRecord, s accepted) {
	one.State, one.By, one.KeyID, one.Logged = policy.SignatureSigned, s.Signer(), s.KeyID(), s.Logged()
	one.Subject, one.Issuer = s.Identity().Subject, s.Identity().Issuer
	if at := s.Time(); !at.IsZero() {
		one.Time, one.Clock = at.Format(time.RFC3339), s.Clock()
	}
}

func hexDigest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// dates gives the award and delivery that the handset file tells; zero if not.
func (h *Handset) dates() (award, delivery time.Time, err error) {
	if h.Dates == nil {
		return award, delivery, nil
	}
	read := func(key, s string) (t time.Time) {
		if s != "" && err == nil {
			if t, err = time.Parse(time.DateOnly, s); err != nil {
				err = fmt.Errorf("%s: dates.%s: %q is no date: write 2026-11-22", h.file, key, s)
			}
		}
		return t
	}
	award, delivery = read("award", h.Dates.Award), read("delivery", h.Dates.Delivery)
	return award, delivery, err
}
