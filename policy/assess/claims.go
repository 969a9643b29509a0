package assess

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/provenance"
	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
)

// A ClaimReader is whose eyes a document's claims are read with.
type ClaimReader struct {
	Trust    *verify.Trust // nil trusts nobody
	Registry *registry.Registry
	Now      time.Time           // when keys must be valid
	AsOf     time.Time           // day on which claims must hold
	More     []sbom.AttachedFile // bundles that came beside the document
	Written  claim.Written       // whose word the document is
}

// JoinClaims verifies the claim bundles that travel with d, and those that came
// beside it, and gives d anew with what they carry for this reader. What d
// itself writes about claims is not believed.
func JoinClaims(d *sbom.Document, r ClaimReader) (claim.Joined, error) {
	bundles := append(d.Claims[:len(d.Claims):len(d.Claims)], r.More...)
	results, err := claim.Evaluate(bundles, claim.Reader{Trust: r.Trust, Registry: r.Registry, Now: r.Now, AsOf: r.AsOf})
	if err != nil {
		return claim.Joined{}, err
	}
	return claim.Join(d, results, r.Written), nil
}

// ClaimRecords tells what became of each claim, for a record.
func ClaimRecords(outcomes []claim.Outcome) []policy.ClaimRecord {
	var out []policy.ClaimRecord
	for _, o := range outcomes {
		r := policy.ClaimRecord{
			File: o.File, Digest: o.Digest, Status: string(o.Status), Reason: o.Reason, Remedy: o.Remedy,
			Signer: o.Signer, KeyID: o.Key, Clock: o.Clock, Components: o.Refs,
		}
		if !o.Time.IsZero() {
			r.Time = o.Time.UTC().Format(time.RFC3339)
		}
		if c := o.Claim; c != nil {
			r.ID, r.Claimant, r.Part = c.ID, c.Claimant.Name, c.Part.String()
			r.From, r.Until = c.ValidFrom, c.ValidUntil
		}
		for _, s := range o.Stages {
			r.Stages = append(r.Stages, policy.ClaimStage{Stage: s.Stage, Says: s.Says, Status: string(s.Status), Reason: s.Reason})
		}
		out = append(out, r)
	}
	return out
}

// ReadClaims reads a claim bundle, or the bundles (*.sigstore.json) of a folder,
// in the order of their names.
func ReadClaims(fsys fs.FS, name string) ([]sbom.AttachedFile, error) {
	src, err := claimFiles(fsys, path.Base(name), name)
	if err != nil {
		return nil, err
	}
	if len(src) == 0 {
		return nil, fmt.Errorf("%s: there is no claim bundle (*.sigstore.json) in this folder", path.Base(name))
	}
	if len(src) > claim.MaxBundles {
		return nil, fmt.Errorf("%s: %d bundles are more than the limit of %d", path.Base(name), len(src), claim.MaxBundles)
	}
	var out []sbom.AttachedFile
	for _, s := range src {
		data, err := readFile(fsys, s.Path, verify.MaxBundleSize)
		if err != nil {
			return nil, err
		}
		out = append(out, sbom.AttachedFile{Name: s.Name, MediaType: claim.MediaType, Data: data})
	}
	return out, nil
}

// DerivedRule is the rule of the findings about declared distributions that the
// parts cannot reproduce, whatever the packs say. They warn.
const DerivedRule = "DERIVED-ORIGIN"

func discrepancies(d *sbom.Document, t sbom.Trust) []policy.Finding {
	var out []policy.Finding
	for _, x := range provenance.Discrepancies(d, t) {
		out = append(out, policy.Finding{
			Pack: "originbom", Rule: DerivedRule, Title: "A declared distribution of origin can be reproduced from the parts", Verdict: policy.Warn,
			Component: policy.Subject{Ref: x.Ref, Name: x.Name}, Fact: x.Stage, State: sbom.StateKnown,
			Why:         x.Stage + ": " + strings.Join(x.Why, "; "),
			Fix:         "ask whoever declared the shares how they were counted, and for the parts that are missing",
			Fingerprint: hexDigest([]byte("originbom\x00" + DerivedRule + "\x00" + x.Ref + "\x00" + x.Stage))[:32],
		})
	}
	return out
}
