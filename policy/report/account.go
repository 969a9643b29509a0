package report

import (
	"cmp"
	"fmt"
	"io"

	"github.com/originbom/originbom/sbom/hardware"
)

// Account writes how a part list was understood: where its header is, what each
// column was taken for, and which of its rows are parts.
func Account(w io.Writer, a *hardware.Account) error {
	p := &printer{w: w}
	p.line("%s: %s", a.Name, a.Format)
	if a.Header != "" {
		p.line("header: %s", a.Header)
	}
	if len(a.Columns) > 0 {
		rows := [][]string{{"COLUMN", "MEANING", "FILLED", "FOR EXAMPLE"}}
		for _, c := range a.Columns {
			if c.Filled == 0 && c.Meaning == "" {
				continue // an empty column says nothing
			}
			rows = append(rows, []string{c.Title, cmp.Or(c.Meaning, "(not understood)"), fmt.Sprint(c.Filled), clip(c.Example)})
		}
		p.table(rows)
	}
	p.line("%s read = %s + %d reported; %s", Count(a.Rows, "row"), Count(a.Parts, "part"), len(a.Reported), Count(a.Options, "alternate"))
	for _, n := range a.Reported {
		p.line("reported: %s", n)
	}
	return p.err
}

// clip shortens an example to what fits beside the other columns.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most-3]) + "..."
	}
	return s
}
