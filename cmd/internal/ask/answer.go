package ask

import (
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom/visible"
)

// The verdicts.
const (
	Accepted = "accepted"
	Refused  = "refused"
)

// An Answer is what is printed, in each format. It records what is needed to
// ask the same question again. Its verdict is accepted if all signatures are.
type Answer struct {
	Verdict     string      `json:"verdict"`
	BOM         string      `json:"bom"`
	Signatures  []Signature `json:"signatures"`
	TrustDigest string      `json:"trust-sha256"`
	VerifiedAt  string      `json:"verified-at"`
	Replay      bool        `json:"verified-at-chosen,omitempty"` // by the caller, and not by a clock
}

// A Signature is what is known of one bundle.
type Signature struct {
	Verdict      string           `json:"verdict"`
	Bundle       string           `json:"bundle"`
	Reason       string           `json:"reason,omitempty"`
	Remedy       string           `json:"remedy,omitempty"`
	Signer       string           `json:"signer,omitempty"`
	Assessor     bool             `json:"assessor,omitempty"`
	KeyID        string           `json:"key-sha256,omitempty"`
	Identity     *verify.Identity `json:"identity,omitempty"`
	SignedAt     string           `json:"signed-at,omitempty"` // on the clock of an authority
	Clock        string           `json:"clock,omitempty"`
	Logged       bool             `json:"logged,omitempty"`
	BOMDigest    string           `json:"bom-sha256,omitempty"`
	BundleDigest string           `json:"bundle-sha256,omitempty"`

	lines []string // the seal in words
}

func newSignature(bundle string, seal verify.Seal, refused *verify.RefusedError) Signature {
	s := Signature{Verdict: Accepted, Bundle: bundle}
	if refused != nil {
		s.Verdict, s.Reason, s.Remedy = Refused, refused.Reason, refused.Remedy
		return s
	}
	s.Signer, s.Assessor, s.KeyID = seal.Signer(), seal.Assessor(), seal.KeyID()
	if id := seal.Identity(); id != (verify.Identity{}) {
		s.Identity = &id
	}
	if at := seal.Time(); !at.IsZero() {
		s.SignedAt, s.Clock = at.Format(time.RFC3339), seal.Clock()
	}
	s.Logged, s.BOMDigest, s.BundleDigest = seal.Logged(), seal.BOMDigest(), seal.BundleDigest()
	s.lines = seal.Describe()
	return s
}

// Write writes the answer as text or json.
func (a Answer) Write(w io.Writer, format string) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(a)
	}
	var b strings.Builder
	visible.Fprintf(&b, "%s: %s\n", a.BOM, a.Verdict)
	for _, s := range a.Signatures {
		s.text(&b, len(a.Signatures) > 1)
	}
	if a.Replay {
		visible.Fprintf(&b, "  at      %s, which the caller chose as the time of verification\n", a.VerifiedAt)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (s Signature) text(b *strings.Builder, several bool) {
	indent := "  "
	if several {
		visible.Fprintf(b, "  %s: %s\n", s.Bundle, s.Verdict)
		indent = "    "
	}
	for _, l := range s.lines {
		visible.Fprintf(b, "%s%s\n", indent, l)
	}
	switch {
	case s.Reason != "" && several:
		visible.Fprintf(b, "%s%s\n", indent, s.Reason)
	case s.Reason != "":
		visible.Fprintf(b, "%s%s: %s\n", indent, s.Bundle, s.Reason)
	}
	if s.Remedy != "" {
		visible.Fprintf(b, "%shint: %s\n", indent, s.Remedy)
	}
}
