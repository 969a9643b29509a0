package claim

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

// This file writes a request for people: a letter in Markdown, and a
// spreadsheet to answer in.

// columns of the spreadsheet. What is asked stands in the first ones, what is to
// be answered from colCountry on. ReadAnswers finds them by these names.
const (
	colNumber  = "Claim number"
	colCompany = "Your company (legal name)"
	colMaker   = "Manufacturer (legal name)"
	colPart    = "Part number"
	colRev     = "Revision"
	colLot     = "Lot (blank: all)"
	colUse     = "Where we use it"
	colStage   = "Stage"
	colMeans   = "What is asked"
	colCountry = "Country"
	colHold    = "Withheld? (yes)"
	colShare   = "Share % (blank: all)"
	colSite    = "Plant"
	colBy      = "Company that runs it"
	colFrom    = "Valid from"
	colUntil   = "Valid until"
)

var columns = []string{
	colNumber, colCompany, colMaker, colPart, colRev, colLot, colUse, colStage, colMeans, colCountry, colHold, colShare, colSite, colBy, colFrom, colUntil,
}

// CSV writes the spreadsheet: a row for each part and stage. It begins with a
// byte order mark, so that Excel reads names of every script. Cells that a
// spreadsheet would run as a formula begin with an apostrophe.
func (r Request) CSV() ([]byte, error) {
	b := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(b)
	w.UseCRLF = true
	rows := [][]string{columns}
	for _, q := range r.Questions {
		c := q.Template
		for _, s := range q.Stages {
			rows = append(rows, []string{
				c.ID, c.Claimant.Name, c.Part.Manufacturer, c.Part.PartNumber, c.Part.Revision, c.Part.Lot,
				strings.Join(slices.DeleteFunc([]string{string(q.Category), q.Place}, func(s string) bool { return s == "" }), " "),
				s, meaning(s), "", "", "", "", "", c.ValidFrom, c.ValidUntil,
			})
		}
	}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = harmless(cell)
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

const formula = "=+-@\t\r"

// harmless keeps a cell from being run as a formula; plain reverses it.
func harmless(cell string) string {
	if cell != "" && (strings.ContainsRune(formula, rune(cell[0])) || cell[0] == '\'') {
		return "'" + cell
	}
	return cell
}

func plain(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && (strings.ContainsRune(formula, rune(cell[1])) || cell[1] == '\'') {
		return cell[1:]
	}
	return cell
}

// Markdown writes the letter. answers and folder name the files beside it.
func (r Request) Markdown(answers string) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	to := r.To
	if to == "" {
		to = "whoever sold us the parts below"
	}
	line("# Where were these parts made?")
	line("")
	line("To: **%s**  ", md(to))
	if r.Author != "" {
		line("From: %s  ", md(r.Author))
	}
	line("About: parts in %s", md(r.Device))
	line("")
	line("For the parts below we do not know enough about their origin. Please tell us, part by")
	line("part, the country in which each stage took place. The seat of your company is not an answer:")
	line("we ask where the part itself went through that stage.")
	line("")
	for i, q := range r.Questions {
		q.markdown(i+1, line)
	}
	line("## How to answer")
	line("")
	line("1. **In the spreadsheet** `%s`: fill in the column *Country* in every row, as a code (KR) or a", answers)
	line("   name (Republic of Korea). Write just \"Korea\" for neither: it can mean two countries. If a")
	line("   stage takes place in several countries, copy its row and give each a share in percent. If")
	line("   you know and may not tell, write *yes* under *Withheld*; if you do not know, leave both blank.")
	line("   Save it as it is or as .xlsx and send it back. Unsigned, your answer counts as declared.")
	line("2. **Signed**, which counts for more: turn the answered spreadsheet into claims and sign them,")
	line("")
	line("       originbom claim new --from %s", answers)
	line("       originbom claim sign PART.claim.yaml --key your.key")
	line("")
	line("   or fill in the `.claim.yaml` files beside this letter and sign those. Send us the")
	line("   `.sigstore.json` files, and once your public key by a way we can check.")
	line("3. **With another program**: an in-toto Statement v1 with predicate type")
	line("   `%s`,", PredicateType)
	line("   signed as DSSE in a Sigstore bundle v0.3 with a key or a corporate certificate. The subject")
	line("   is the sha256 given with each part.")
	line("")
	line("If a part is made differently from some date, lot or revision on, answer for what you ship")
	line("now and give the date under *Valid from*, or the lot.")
	return b.Bytes()
}

func (q Question) markdown(n int, line func(string, ...any)) {
	p := q.Template.Part
	name := p.PartNumber
	if q.Identify && name == "" {
		name = "a part that we cannot name"
	}
	line("## %d. %s", n, md(strings.TrimSpace(fmt.Sprintf("%s (%s)", name, q.Category))))
	line("")
	for _, f := range []struct{ what, text string }{
		{"Maker", p.Manufacturer},
		{"Revision", p.Revision},
		{"On the board", q.Place},
		{"Sold to us by", q.Supplier},
		{"Known so far", strings.Join(q.Known, "; ")},
		{"Asked by our rules", strings.Join(q.Why, ", ")},
	} {
		if f.text != "" {
			line("- %s: %s", f.what, md(f.text))
		}
	}
	if q.Identify {
		line("- **Which part is it?** Please give the maker's legal name and the part number.")
	}
	for _, s := range q.Stages {
		line("- **%s**: %s", s, meaning(s))
	}
	if p.PartNumber != "" && p.Manufacturer != "" {
		line("- sha256 of the part's identity: `%s`", p.Subject())
	}
	line("")
}

// md keeps what strangers wrote from being read as Markdown or HTML.
func md(s string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", "|", `\|`, "*", `\*`, "_", `\_`, "`", "'", "<", "&lt;", "[", `\[`, "]", `\]`, "#", `\#`).Replace(s)
}
