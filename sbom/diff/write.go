package diff

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/visible"
)

// JSON writes the diff as JSON.
func JSON(w io.Writer, d *Diff) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(d)
}

// A writer keeps the first error. Text from the documents, whose authors are
// strangers, goes through safe.
type writer struct {
	w    io.Writer
	safe func(string) string
	err  error
}

func (w *writer) line(format string, args ...any) {
	if w.err != nil {
		return
	}
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = w.safe(s)
		}
	}
	_, w.err = fmt.Fprintf(w.w, format+"\n", args...)
}

// Text writes the diff for people at a terminal.
func Text(out io.Writer, d *Diff) error {
	w := &writer{w: out, safe: visible.Text}
	w.line("%s -> %s", d.Old, d.New)
	if d.Equal() {
		what := "components"
		if d.Same == 1 {
			what = "component"
		}
		w.line("no difference in %d %s", d.Same, what)
		return w.err
	}
	for _, c := range d.Device {
		w.line("  device: %s: %s -> %s", c.What, told(c.Old), told(c.New))
	}
	for _, p := range d.Removed {
		w.line("- %s", p.words())
	}
	for _, p := range d.Added {
		w.line("+ %s", p.words())
	}
	for _, c := range d.Changed {
		w.line("~ %s   (matched by %s)", c.Part.heading(), c.By)
		for _, ch := range c.Changes {
			w.line("    %s: %s -> %s", ch.What, told(ch.Old), told(ch.New))
		}
	}
	for _, t := range []struct {
		title string
		list  []Tally
	}{{"parts by maker", d.ByMaker}, {"parts by origin", d.ByOrigin}} {
		for i, n := range t.list {
			if i == 0 {
				w.line("%s:", t.title)
			}
			w.line("    %s: %d -> %d", n.Name, n.Old, n.New)
		}
	}
	w.line("%d removed, %d added, %d changed, %d the same", len(d.Removed), len(d.Added), len(d.Changed), d.Same)
	return w.err
}

// Markdown writes the diff for a merge request or a wiki.
func Markdown(out io.Writer, d *Diff) error {
	w := &writer{w: out, safe: escape}
	w.line("## %s → %s", d.Old, d.New)
	w.line("")
	w.line("%d removed, %d added, %d changed, %d the same.", len(d.Removed), len(d.Added), len(d.Changed), d.Same)
	if d.Equal() {
		return w.err
	}
	w.line("")
	w.line("| | part | what | old | new |")
	w.line("| --- | --- | --- | --- | --- |")
	for _, c := range d.Device {
		w.line("| changed | device | %s | %s | %s |", c.What, told(c.Old), told(c.New))
	}
	for _, p := range d.Removed {
		w.line("| removed | %s | | %s | |", p.heading(), p.details())
	}
	for _, p := range d.Added {
		w.line("| added | %s | | | %s |", p.heading(), p.details())
	}
	for _, c := range d.Changed {
		for _, ch := range c.Changes {
			w.line("| changed | %s | %s | %s | %s |", c.Part.heading(), ch.What, told(ch.Old), told(ch.New))
		}
	}
	for _, t := range []struct {
		title string
		list  []Tally
	}{{"maker", d.ByMaker}, {"origin", d.ByOrigin}} {
		for i, n := range t.list {
			if i == 0 {
				w.line("")
				w.line("| %s | parts before | parts now |", t.title)
				w.line("| --- | --- | --- |")
			}
			w.line("| %s | %d | %d |", n.Name, n.Old, n.New)
		}
	}
	return w.err
}

func told(s string) string { return cmp.Or(s, "(not told)") }

// heading names a part: its category or kind, name and version.
func (p Part) heading() string {
	what := p.Kind
	if p.Kind == string(sbom.Hardware) {
		what = cmp.Or(p.Category, "part")
	}
	return strings.TrimSpace(what + " " + p.Name + " " + p.Version)
}

func (p Part) details() string {
	out := []string{"by " + cmp.Or(p.Maker, "an unknown maker")}
	if p.Kind != string(sbom.Hardware) {
		out = nil
		if p.Maker != "" {
			out = append(out, "by "+p.Maker)
		}
	}
	out = append(out, p.Origin...)
	if p.Candidate {
		out = append(out, "a candidate, or not fitted")
	}
	return strings.Join(out, ", ")
}

func (p Part) words() string { return strings.TrimSuffix(p.heading()+", "+p.details(), ", ") }

// escape makes text that Markdown shows as it is.
func escape(s string) string {
	var b strings.Builder
	for _, r := range visible.Text(s) {
		switch {
		case r == '<':
			b.WriteString("&lt;")
			continue
		case r == '&':
			b.WriteString("&amp;")
			continue
		case strings.ContainsRune("\\`*_{}[]()#|~!>", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
