package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/provenance/sign"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/visible"
)

// verdictFormats are those that a verdict can be written in.
var verdictFormats = []string{"text", "json", "sarif", "junit", "gitlab", "github", "markdown", "html"}

// writeVerdict writes a record in the chosen format.
func writeVerdict(cmd *cobra.Command, format string, d *sbom.Document, r *policy.Record) error {
	w := cmd.OutOrStdout()
	if r.Path == "" && slices.Contains([]string{"sarif", "junit", "gitlab", "github"}, format) {
		fmt.Fprintf(cmd.ErrOrStderr(), "originbom: note: %s has no place below the working directory, so %s names it without a folder and a forge cannot show the lines: run originbom where the sources are\n", visible.Text(r.Subject), format)
	}
	switch format {
	case "json":
		return report.JSON(w, d, r)
	case "sarif":
		return report.SARIF(w, r)
	case "junit":
		return report.JUnit(w, r)
	case "gitlab":
		return report.GitLab(w, r)
	case "github":
		return report.GitHub(w, r)
	case "markdown":
		return report.Markdown(w, d, r)
	case "html":
		return report.HTML(w, d, r, judgesTrust(r))
	}
	return report.Text(w, d, r)
}

// judgesTrust is the trust under which a judge sees the document.
func judgesTrust(r *policy.Record) sbom.Trust {
	return sbom.Trust{AsWritten: r.Signature.Assessor(), Claims: r.Carried()}
}

// signingKey reads the key that signs the verdict; nil if none is wanted.
func (c *checkFlags) signingKey() (*sign.Key, error) {
	if c.vsa == "" {
		if c.vsaKey != "" {
			return nil, errors.New("--vsa-key signs a verdict: give --vsa FILE too")
		}
		return nil, nil
	}
	name := c.vsaKey
	if name == "" && c.trust.Key != "" {
		pem, err := ask.ReadFile(c.trust.Key, verify.MaxKeySize)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(pem, []byte("PRIVATE KEY")) {
			name, c.trust.Key = c.trust.Key, "" // it signs; --trust says whom to believe
		}
	}
	if name == "" {
		return nil, errors.New("--vsa wants a private key: --vsa-key FILE; originbom keygen makes one")
	}
	pem, err := ask.ReadFile(name, verify.MaxKeySize)
	if err != nil {
		return nil, err
	}
	return sign.LoadKey(name, pem, password())
}

// signVSA gives the signed verdict, a Sigstore bundle.
func signVSA(cmd *cobra.Command, r *policy.Record, key *sign.Key) ([]byte, error) {
	statement, err := report.VSA(r)
	if err != nil {
		return nil, err
	}
	return sign.Attest(cmd.Context(), statement, sign.Method{Key: key})
}
