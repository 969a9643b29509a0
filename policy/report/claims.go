package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/originbom/originbom/policy"
)

// The JSON form of what became of a supplier's claim.
type jsonClaim struct {
	File       string           `json:"file"`
	SHA256     string           `json:"sha256"`
	ID         string           `json:"claimId,omitempty"`
	Claimant   string           `json:"claimant,omitempty"`
	Part       string           `json:"part,omitempty"`
	From       string           `json:"validFrom,omitempty"`
	Until      string           `json:"validUntil,omitempty"`
	Status     string           `json:"status"` // accepted, weak, void
	Reason     string           `json:"reason,omitempty"`
	Remedy     string           `json:"remedy,omitempty"`
	Signer     string           `json:"signer,omitempty"`
	Key        string           `json:"key,omitempty"`
	Time       string           `json:"signedAt,omitempty"`
	Clock      string           `json:"clock,omitempty"`
	Components []string         `json:"components"`
	Stages     []jsonClaimStage `json:"stages"`
}

type jsonClaimStage struct {
	Stage  string `json:"stage"`
	Says   string `json:"says"`
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

func jsonClaims(cs []policy.ClaimRecord) []jsonClaim {
	out := []jsonClaim{}
	for _, c := range cs {
		j := jsonClaim{
			File: c.File, SHA256: c.Digest, ID: c.ID, Claimant: c.Claimant, Part: c.Part, From: c.From, Until: c.Until, Status: c.Status,
			Reason: c.Reason, Remedy: c.Remedy, Signer: c.Signer, Key: c.KeyID, Time: c.Time, Clock: c.Clock,
			Components: some(c.Components), Stages: []jsonClaimStage{},
		}
		for _, s := range c.Stages {
			j.Stages = append(j.Stages, jsonClaimStage(s))
		}
		out = append(out, j)
	}
	return out
}

// Claims writes what became of claims, without a verdict.
func Claims(w io.Writer, cs []policy.ClaimRecord) error {
	p := &printer{w: w}
	for i, c := range cs {
		if i > 0 {
			p.line("")
		}
		p.claim(c)
	}
	return p.err
}

var statusWords = map[string]string{
	"accepted": "accepted: of grade signed", "weak": "not believed as signed: of grade declared", "void": "gives no value",
}

func (p *printer) claim(c policy.ClaimRecord) {
	p.line("%s: %s", c.File, statusWords[c.Status])
	rows := []struct{ what, text string }{
		{"claim", c.ID},
		{"about", c.Part},
		{"claimed by", c.Claimant},
		{"holds", strings.TrimSuffix("from "+c.From+" to "+c.Until, " to ")},
		{"signed by", cmp.Or(c.Signer, "nobody that your trust knows")},
		{"key", prefixed("sha256:", c.KeyID)},
		{"signed at", strings.TrimSuffix(c.Time+" on the clock of "+c.Clock, " on the clock of ")},
		{"because", c.Reason},
		{"what to do", c.Remedy},
	}
	for _, r := range rows {
		if r.text != "" && (c.ID != "" || r.what == "because" || r.what == "what to do") {
			p.line("  %-11s %s", r.what, r.text)
		}
	}
	for _, s := range c.Stages {
		grade := "signed"
		if s.Status != "accepted" {
			grade = "declared"
		}
		p.line("  %-11s %s [%s]", s.Stage, s.Says, grade)
		if s.Reason != "" && s.Reason != c.Reason {
			p.line("  %-11s   because %s", "", s.Reason)
		}
	}
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// ClaimsJSON writes what became of claims as one array.
func ClaimsJSON(w io.Writer, cs []policy.ClaimRecord) error { return writeJSON(w, jsonClaims(cs)) }

// ClaimLines writes a line for each claim, as a verdict does.
func ClaimLines(w io.Writer, cs []policy.ClaimRecord) error {
	p := &printer{w: w}
	p.claims(cs)
	return p.err
}

// claims lists what became of each claim, with the reason where it does not
// count in full.
func (p *printer) claims(cs []policy.ClaimRecord) {
	if len(cs) == 0 {
		return
	}
	p.line("")
	p.line("CLAIMS OF SUPPLIERS (%d)", len(cs))
	for _, c := range cs {
		p.line("  %s %s: %s", mark(c.Status), claimName(c), claimWords(c))
		for _, s := range c.Stages {
			if s.Reason != "" && s.Reason != c.Reason {
				p.line("      %s %s: declared only: %s", s.Stage, s.Says, s.Reason)
			}
		}
	}
}

func mark(status string) string {
	switch status {
	case "accepted":
		return "signed  "
	case "weak":
		return "declared"
	}
	return "no value"
}

func claimName(c policy.ClaimRecord) string {
	if c.ID == "" {
		return c.File
	}
	return fmt.Sprintf("%s (%s)", c.ID, c.File)
}

// claimWords says in a sentence who signed what, or why it does not count.
func claimWords(c policy.ClaimRecord) string {
	var says []string
	for _, s := range c.Stages {
		if s.Status == "accepted" || c.Status == "weak" {
			says = append(says, s.Stage+" "+s.Says)
		}
	}
	slices.Sort(says)
	what := strings.Join(slices.Compact(says), "; ")
	switch c.Status {
	case "accepted":
		when := ""
		if c.Time != "" {
			when = " at " + c.Time + " on the clock of " + c.Clock
		}
		return fmt.Sprintf("%s: %s, signed by %s%s", c.Part, what, c.Signer, when)
	case "weak":
		return fmt.Sprintf("%s: %s; not believed as signed: %s", c.Part, what, withRemedy(c))
	}
	return strings.TrimPrefix(cmp.Or(c.Part, "not readable")+": ", "not readable: ") + withRemedy(c)
}

func withRemedy(c policy.ClaimRecord) string {
	if c.Remedy == "" {
		return c.Reason
	}
	return c.Reason + ": " + c.Remedy
}
