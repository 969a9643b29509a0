// Package ask puts the question "is this BOM signed by somebody I trust?" to
// package verify, for the two programs that ask it, and words the answer.
package ask

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/originbom/originbom/provenance/verify"
)

// An Answer is what is printed, in each format. It records what is needed to
// ask the same question again.
type Answer struct {
	Verdict      string `json:"verdict"` // accepted or refused
	BOM          string `json:"bom"`
	Bundle       string `json:"bundle"`
	Reason       string `json:"reason,omitempty"`
	Remedy       string `json:"remedy,omitempty"`
	Signer       string `json:"signer,omitempty"`
	Assessor     bool   `json:"assessor,omitempty"`
	KeyID        string `json:"key-sha256,omitempty"`
	BOMDigest    string `json:"bom-sha256,omitempty"`
	BundleDigest string `json:"bundle-sha256,omitempty"`
	TrustDigest  string `json:"trust-sha256"`
	VerifiedAt   string `json:"verified-at"`

	lines []string // the seal in words
}

func newAnswer(q Question, seal verify.Seal, refused *verify.RefusedError, trust *verify.Trust, now time.Time) Answer {
	a := Answer{
		Verdict: "accepted", BOM: q.BOM, Bundle: q.Bundle,
		TrustDigest: trust.Digest(), VerifiedAt: now.UTC().Format(time.RFC3339),
	}
	if refused != nil {
		a.Verdict, a.Reason, a.Remedy = "refused", refused.Reason, refused.Remedy
		return a
	}
	a.Signer, a.Assessor, a.KeyID = seal.Signer(), seal.Assessor(), seal.KeyID()
	a.BOMDigest, a.BundleDigest = seal.BOMDigest(), seal.BundleDigest()
	a.lines = seal.Describe()
	return a
}

// Write writes the answer as text or json.
func (a Answer) Write(w io.Writer, format string) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(a)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", a.BOM, a.Verdict)
	for _, l := range a.lines {
		fmt.Fprintf(&b, "  %s\n", l)
	}
	if a.Reason != "" {
		fmt.Fprintf(&b, "  %s: %s\n", a.Bundle, a.Reason)
	}
	if a.Remedy != "" {
		fmt.Fprintf(&b, "  hint: %s\n", a.Remedy)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
