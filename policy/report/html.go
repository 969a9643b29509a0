package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/visible"
)

// The HTML form is one page for people. It loads nothing and runs nothing: no
// script, font, picture or style from elsewhere, and a content security policy
// that would refuse them (default-src 'none', the style by its hash). Everything
// that a colour says a word says too; evidence unfolds by the browser's own
// <details>, and is printed unfolded by browsers that know ::details-content.
// It is well-formed XML. The same record gives the same bytes.

//go:embed page.html
var pageTemplate string

//go:embed page.css
var pageStyle string

// HTML writes the document and what was judged of it. t is the trust under which
// grades are shown. A record without packs has judged nothing, and the page says
// so.
func HTML(w io.Writer, d *sbom.Document, r *policy.Record, t sbom.Trust) error {
	tmpl, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	sum := sha256.Sum256([]byte(pageStyle))
	p := newPage(d, r, t)
	p.Style, p.StyleHash = template.CSS(pageStyle), "sha256-"+base64.StdEncoding.EncodeToString(sum[:])
	var b bytes.Buffer
	if err := tmpl.Execute(&b, p); err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	_, err = io.WriteString(visible.Writer(w), clean(b.String()))
	return err
}

// A page is what the template shows, all of it text.
type page struct {
	Device, Maker         string
	Verdict, Words, Class string
	Style                 template.CSS
	StyleHash             string
	Summary               [][2]string
	Open                  []pageSection
	Waived                []pageRuling
	Steps                 []pageStep
	GradeWords            string
	Parts                 []pagePart
	Unknowns              []string
	Coverage              [][2]string
	Software              []pageTable
	Claims                [][3]string
	Inert                 []string
	ByRef                 []string // waivers that name a ref alone
	Overrides             []string
	Met                   [][3]string
	Notes                 []string
	Sources               [][3]string
	Tool                  string
}

type pageSection struct {
	Title   string
	Count   int
	Rulings []pageRuling
}

type pageRuling struct {
	Rule, Title string
	Clause      *pageClause
	Groups      []pageGroup
}

type pageClause struct{ Text, Link, Read, Sure string }

type pageGroup struct {
	Parts    []pageLink
	Why      string
	Evidence []string
}

// A pageLink names a part; ID is where it stands on the page, "" if nowhere.
type pageLink struct{ Name, ID string }

type pageStep struct{ Do, For string }

type pagePart struct {
	ID, Ref, Identity    string
	Category, Name       string
	Maker, Owner, Origin string
	Positions            string
	Marks                []string // open findings, candidate
	Facts                []pageFact
	Found                []string
	Parts                []pagePart
}

type pageFact struct {
	Name, Words string
	Evidence    []string
}

type pageTable struct {
	Title string
	Rows  [][3]string
}
