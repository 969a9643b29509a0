package hardware

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom/internal/ipc2581"
	"github.com/originbom/originbom/sbom/internal/kicad"
	"github.com/originbom/originbom/sbom/internal/table"
)

// This file reads the part lists of board design files.

// netlist reads a KiCad netlist as the table that KiCad would write of it.
func (p *partList) netlist(data []byte, columns map[string]string) error {
	parts, err := kicad.Parse(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%s: %w", p.src.Name, err)
	}
	names := map[string]bool{}
	for _, part := range parts {
		for name := range part.Fields {
			names[name] = true
		}
	}
	titles := append([]string{"Reference", "DNP"}, slices.Sorted(maps.Keys(names))...)
	rows := []table.Row{{At: "the fields of its components", Cells: titles}}
	for _, part := range parts {
		row := table.Row{Number: len(rows), At: "component " + part.References[0], Cells: []string{strings.Join(part.References, " "), ""}}
		if part.NotInBOM {
			p.noteAt(row.At, "is marked as no part of the bill of materials; it was read like the others", "")
		}
		if part.DNP {
			row.Cells[1] = "DNP"
		}
		for _, name := range titles[2:] {
			clean, invisible := table.Clean(part.Fields[name])
			row.Cells = append(row.Cells, clean)
			row.Invisible = row.Invisible || invisible
		}
		if err := table.Check(p.src.Name, row, len(rows)); err != nil {
			return err
		}
		rows = append(rows, row)
	}
	p.account.Format = "KiCad netlist (XML)"
	head, ok := findHeader(rows[:1], columns)
	if !ok {
		return p.noHeader()
	}
	return p.table(head, rows, columns)
}

// ipc2581 reads the Bom of an IPC-2581 file, with the approved parts of its
// Avl. Where it has none, makers and part numbers may stand in textual fields,
// whose names are understood as headers are.
func (p *partList) ipc2581(data []byte, columns map[string]string) error {
	f, err := ipc2581.Parse(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%s: %w", p.src.Name, err)
	}
	p.account.Format = "IPC-2581 revision " + cmp.Or(f.Revision, "not told")
	if len(f.Items) == 0 {
		return fmt.Errorf("%s: the file holds no bill of materials (Bom/BomItem): export it with one", p.src.Name)
	}
	if f.Boms > 1 {
		p.noteAt("", fmt.Sprintf("holds %d bills of materials; all were read", f.Boms), "")
	}
	head := textualHeader(f, columns)
	if err := checkColumns(p.src.Name, head, columns); err != nil {
		return err
	}
	p.decimal = map[column]rune{colQuantity: '.', colPrice: '.'} // XML Schema's numbers
	makers := false
	used := map[string]bool{}
	for _, it := range f.Items {
		p.account.Rows++
		used[it.DesignNumber] = true
		for i, e := range p.boardEntries(it, f.Approved[it.DesignNumber], head) {
			p.add(e)
			if i > 0 {
				p.account.Parts-- // of the same item
			}
			makers = makers || e.text(colManufacturer) != "" || slices.ContainsFunc(e.options, func(o option) bool { return o.maker.text != "" })
		}
	}
	if !makers {
		p.noteAt("", "neither an Avl section nor a textual field names a manufacturer, so every maker is unknown", "export it with its approved vendor list")
	}
	for _, number := range sortedKeys(f.Approved) {
		if !used[number] {
			p.noteAt(fmt.Sprintf("AvlItem %q", number), "is approved, and no item of the bill of materials refers to it", "")
		}
	}
	p.boardAccount(f, head)
	return nil
}

// textualHeader understands the names of textual fields as a header row.
func textualHeader(f *ipc2581.File, columns map[string]string) header {
	var names []string
	seen := map[string]bool{}
	for _, it := range f.Items {
		for _, t := range it.Texts {
			if !seen[t.Name] {
				seen[t.Name] = true
				names = append(names, t.Name)
			}
		}
	}
	slices.Sort(names)
	return readHeader(table.Row{Cells: names}, columns)
}

// boardEntries makes an entry of an item; two where some of its positions are
// populated and others are not.
func (p *partList) boardEntries(it ipc2581.Item, approved []ipc2581.Approved, head header) []*entry {
	groups := map[bool][]ipc2581.Position{}
	for _, pos := range it.Positions {
		groups[pos.NotPopulated] = append(groups[pos.NotPopulated], pos)
	}
	if len(groups) == 2 {
		fitted := p.boardEntry(it, groups[false], approved, head)
		left := p.boardEntry(it, groups[true], approved, head)
		left.at += ", not populated"
		fitted.cells[colQuantity] = cell{fmt.Sprint(len(groups[false])), fitted.at}
		left.cells[colQuantity] = cell{fmt.Sprint(len(groups[true])), left.at}
		left.set(colNotFitted, "DNP", left.at)
		return []*entry{fitted, left}
	}
	e := p.boardEntry(it, it.Positions, approved, head)
	if len(groups[true]) > 0 {
		e.set(colNotFitted, "DNP", e.at)
	}
	return []*entry{e}
}

func (p *partList) boardEntry(it ipc2581.Item, positions []ipc2581.Position, approved []ipc2581.Approved, head header) *entry {
	e := &entry{at: fmt.Sprintf("line %d, BomItem %q", it.Line, it.DesignNumber), cells: map[column]cell{}, chosen: -1}
	clean := func(s string) string {
		s, _ = table.Clean(s)
		return strings.Join(strings.Fields(s), " ")
	}
	for i, name := range head.row.Cells {
		for _, t := range it.Texts {
			if t.Name == name && i < len(head.means) && column(head.means[i]).valid() && head.means[i] != string(colIgnored) {
				e.set(column(head.means[i]), clean(t.Value), fmt.Sprintf("%s, textual %q", e.at, name))
			}
		}
	}
	e.cells[colInternal] = cell{clean(cmp.Or(it.DesignNumber, it.Internal)), e.at}
	e.set(colDescription, clean(it.Description), e.at)
	e.set(colDescription, clean(it.DesignNumber), e.at)
	e.set(colQuantity, it.Quantity, e.at)
	var names []string
	for _, pos := range positions {
		names = append(names, clean(pos.Name))
		e.set(colPackage, clean(pos.Package), e.at)
	}
	e.cells[colDesignators] = cell{strings.Join(names, ","), e.at}
	p.approved(e, approved, clean)
	return e
}

// approved takes the part numbers of the approved list: the chosen one is
// fitted; without one, a single entry is. Several that nobody chose among, or
// several that are chosen, leave the position open.
func (p *partList) approved(e *entry, list []ipc2581.Approved, clean func(string) string) {
	chosen := 0
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b ipc2581.Approved) int { return cmp.Compare(rankOf(a), rankOf(b)) })
	for _, a := range list {
		place := fmt.Sprintf("line %d, AvlVmpn", a.Line)
		o := option{mpn: cell{clean(a.MPN), place}, maker: cell{clean(a.Vendor), place}}
		if o.mpn.text == "" && o.maker.text == "" {
			continue
		}
		if a.Chosen {
			chosen++
			e.chosen = len(e.options)
		}
		if !a.Qualified && a.Chosen {
			p.note(e, fmt.Sprintf("%s is chosen and not qualified", cmp.Or(o.mpn.text, o.maker.text)), "")
		}
		e.options = append(e.options, o)
	}
	switch {
	case len(e.options) == 0:
	case len(e.options) == 1:
		e.cells[colMPN], e.cells[colManufacturer] = e.options[0].mpn, e.options[0].maker
		e.options, e.chosen = nil, -1
	case chosen != 1:
		e.chosen = -1
		p.note(e, fmt.Sprintf("%d parts are approved for it and %d of them chosen, so which one is fitted is not known", len(e.options), chosen), `set chosen="true" at one of them`)
	}
}

// rankOf puts parts without a rank last.
func rankOf(a ipc2581.Approved) int {
	if a.Rank <= 0 {
		return 1 << 30
	}
	return a.Rank
}

func (p *partList) boardAccount(f *ipc2581.File, head header) {
	for i, name := range head.row.Cells {
		c := ColumnAccount{Title: name}
		if i < len(head.means) {
			c.Meaning = head.means[i]
		}
		for _, it := range f.Items {
			for _, t := range it.Texts {
				if t.Name == name && strings.TrimSpace(t.Value) != "" {
					c.Filled++
					c.Example = cmp.Or(c.Example, t.Value)
				}
			}
		}
		p.account.Columns = append(p.account.Columns, c)
	}
}
