package names

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// An Entry is one name of a party. A party has one entry for each of its names.
type Entry struct {
	ID   string
	Name string
	// Rank says how much a name is the party's own, lowest first: 0 for the
	// legal name, more for aliases. Where two parties share a name, the lower
	// rank wins.
	Rank int
}

// A Match is a party found by name.
type Match struct {
	ID   string
	Name string // the party's name that matched
	Why  string // how it matched
}

// MaxPossible is how many possible matches a look-up gives at most: a person
// must read them all.
const MaxPossible = 12

// maxDeletions bounds, in letters, the names whose neighbourhoods are indexed.
const maxDeletions = 64

// minEdit is the length in letters from which one differing letter is worth
// showing; below, too many names are one letter apart.
const minEdit = 5

type entry struct {
	Entry
	Name
}

// An Index finds parties by name. It is safe for concurrent use.
type Index struct {
	entries  []entry
	core     map[string][]int    // by core
	squashed map[string][]int    // by core without blanks
	first    map[string][]int    // by the core's first word, or first letter in CJK scripts
	forms    map[string][]string // legal forms of a party's names, by id
	// lacking holds the entries by their core without one letter. It is the
	// largest table and is made when a misspelling is first looked for.
	lacking func() map[string][]int
}

// NewIndex makes an index of the entries.
func NewIndex(es []Entry) *Index {
	x := &Index{
		core: map[string][]int{}, squashed: map[string][]int{},
		first: map[string][]int{}, forms: map[string][]string{},
	}
	for _, e := range es {
		n := Normalise(e.Name)
		if n.Core == "" {
			continue
		}
		i := len(x.entries)
		x.entries = append(x.entries, entry{e, n})
		x.core[n.Core] = append(x.core[n.Core], i)
		sq := strings.ReplaceAll(n.Core, " ", "")
		x.squashed[sq] = append(x.squashed[sq], i)
		x.first[head(n.Core)] = append(x.first[head(n.Core)], i)
		if n.Form != "" && !slices.Contains(x.forms[e.ID], n.Form) {
			x.forms[e.ID] = append(x.forms[e.ID], n.Form)
		}
	}
	x.lacking = sync.OnceValue(func() map[string][]int {
		m := map[string][]int{}
		for i, e := range x.entries {
			for _, d := range deletions(e.Core) {
				m[d] = append(m[d], i)
			}
		}
		return m
	})
	return x
}

// Find looks a name up. More than one exact match means that the name alone
// does not tell. Possible matches never repeat an exact one; they are sorted by
// how close they are, then by id.
func (x *Index) Find(name string) (exact, possible []Match) {
	q := Normalise(name)
	if q.Core == "" {
		return nil, nil
	}
	exact = x.exact(q)
	seen := map[string]bool{}
	for _, m := range exact {
		seen[m.ID] = true
	}
	finders := []func(Name) []Match{x.otherForm, x.otherSpacing, x.oneLetter, x.beginning}
	if len(exact) > 0 { // the spelling is right: misspellings of others are noise
		finders = []func(Name) []Match{x.otherForm, x.beginning}
	}
	for _, find := range finders {
		ms := find(q)
		slices.SortStableFunc(ms, func(a, b Match) int { return strings.Compare(a.ID, b.ID) })
		for _, m := range ms {
			if !seen[m.ID] && len(possible) < MaxPossible {
				seen[m.ID] = true
				possible = append(possible, m)
			}
		}
	}
	return exact, possible
}

// exact gives the parties with the same core and a fitting form. Names equal in
// form too come before names that lack one, and lower ranks before higher.
func (x *Index) exact(q Name) []Match {
	var best []Match
	level := -1
	for _, i := range x.core[q.Core] {
		e := x.entries[i]
		if !x.fits(q, e) {
			continue
		}
		l := 2 * e.Rank
		if e.Form != q.Form {
			l += 1000
		}
		m := Match{e.ID, e.Entry.Name, fmt.Sprintf("the same name as %q", e.Entry.Name)}
		switch {
		case level < 0 || l < level:
			level, best = l, []Match{m}
		case l == level && !slices.ContainsFunc(best, func(b Match) bool { return b.ID == e.ID }):
			best = append(best, m)
		}
	}
	slices.SortFunc(best, func(a, b Match) int { return strings.Compare(a.ID, b.ID) })
	return best
}

// fits reports whether the legal form in q can be that of the entry's party.
func (x *Index) fits(q Name, e entry) bool {
	switch {
	case q.Form == "", q.Form == e.Form:
		return true
	case e.Form != "":
		return false
	}
	own := x.forms[e.ID]
	return len(own) == 0 || slices.Contains(own, q.Form)
}

func (x *Index) otherForm(q Name) []Match {
	return x.matches(x.core[q.Core], func(e entry) (string, bool) {
		if x.fits(q, e) {
			return fmt.Sprintf("shares the name %q", e.Entry.Name), true
		}
		return fmt.Sprintf("the name of %q with another legal form", e.Entry.Name), true
	})
}

func (x *Index) otherSpacing(q Name) []Match {
	return x.matches(x.squashed[strings.ReplaceAll(q.Core, " ", "")], func(e entry) (string, bool) {
		return fmt.Sprintf("the letters of %q, spaced otherwise", e.Entry.Name), e.Core != q.Core
	})
}

func (x *Index) oneLetter(q Name) []Match {
	var is []int
	for _, d := range deletions(q.Core) {
		is = append(is, x.lacking()[d]...)
	}
	return x.matches(is, func(e entry) (string, bool) {
		return fmt.Sprintf("one letter apart from %q", e.Entry.Name), e.Core != q.Core && oneEdit(e.Core, q.Core)
	})
}

func (x *Index) beginning(q Name) []Match {
	return x.matches(x.first[head(q.Core)], func(e entry) (string, bool) {
		switch {
		case begins(q.Core, e.Core):
			return fmt.Sprintf("begins with the name %q and goes on otherwise", e.Entry.Name), true
		case begins(e.Core, q.Core):
			return fmt.Sprintf("the beginning of %q", e.Entry.Name), true
		}
		return "", false
	})
}

func (x *Index) matches(is []int, f func(entry) (why string, ok bool)) []Match {
	var ms []Match
	for _, i := range is {
		if why, ok := f(x.entries[i]); ok {
			ms = append(ms, Match{x.entries[i].ID, x.entries[i].Entry.Name, why})
		}
	}
	return ms
}

// begins reports whether long starts with short as whole words; in CJK scripts,
// which do not separate words, with two letters or more.
func begins(long, short string) bool {
	rest, ok := strings.CutPrefix(long, short)
	if !ok || rest == "" {
		return false
	}
	if strings.ContainsFunc(short, cjk) {
		return utf8.RuneCountInString(short) >= 2
	}
	return len(short) >= 3 && rest[0] == ' '
}

// head is the block of a core: its first word, or its first letter in a CJK
// script.
func head(core string) string {
	if r, n := utf8.DecodeRuneInString(core); cjk(r) {
		return core[:n]
	}
	w, _, _ := strings.Cut(core, " ")
	return w
}

// deletions gives core and core without one letter, for each letter; nothing
// for a core that is too short or too long to be compared by letters.
func deletions(core string) []string {
	rs := []rune(core)
	least := minEdit
	if len(rs) > 0 && cjk(rs[0]) {
		least = 4
	}
	if len(rs) < least || len(rs) > maxDeletions {
		return nil
	}
	ds := []string{core}
	for i := range rs {
		ds = append(ds, string(rs[:i])+string(rs[i+1:]))
	}
	slices.Sort(ds)
	return slices.Compact(ds)
}

// oneEdit reports whether a becomes b by one letter added, dropped or replaced,
// or two neighbours swapped.
func oneEdit(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	switch {
	case len(y)-len(x) == 1:
		return slices.Equal(x[i:], y[i+1:])
	case len(x) != len(y) || i == len(x):
		return false
	case slices.Equal(x[i+1:], y[i+1:]):
		return true
	}
	return i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && slices.Equal(x[i+2:], y[i+2:])
}
