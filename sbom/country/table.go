package country

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// names.tsv holds a line per country: alpha-2, alpha-3, and its CLDR names in
// English, Korean, simplified and traditional Chinese, and Japanese.
//
//go:embed names.tsv
var namesTSV string

type tables struct {
	codes     map[string]string   // folded name -> code
	ambiguous map[string][]string // folded name -> codes
	alpha3    map[string]string   // alpha-3 -> alpha-2
	english   map[string]string   // alpha-2 -> English name
}

// table builds the look-up tables at first use.
var table = sync.OnceValue(func() *tables {
	t := &tables{
		codes: map[string]string{}, ambiguous: map[string][]string{},
		alpha3: map[string]string{}, english: map[string]string{},
	}
	for line := range strings.Lines(namesTSV) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		t.alpha3[f[1]], t.english[f[0]] = f[0], f[2]
		for _, name := range f[2:] {
			t.codes[fold(name)] = f[0]
		}
	}
	for line := range strings.Lines(variants) {
		c, names, _ := strings.Cut(strings.TrimSpace(line), " ")
		for name := range strings.SplitSeq(names, "|") {
			t.codes[fold(name)] = c
		}
	}
	for line := range strings.Lines(ambiguous) {
		cs, names, _ := strings.Cut(strings.TrimSpace(line), " ")
		for name := range strings.SplitSeq(names, "|") {
			delete(t.codes, fold(name))
			t.ambiguous[fold(name)] = strings.Split(cs, ",")
		}
	}
	delete(t.codes, "")
	delete(t.ambiguous, "")
	for line := range strings.Lines(display) {
		c, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		t.english[c] = name
	}
	return t
})

// fold is how names are compared: compatibility forms unified, case, Latin
// accents, apostrophes and a leading "the" dropped, "&" as "and", all other
// punctuation as one blank. Hangul and kana keep their marks.
func fold(s string) string {
	s = norm.NFD.String(strings.ToLower(norm.NFKC.String(s)))
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 0x300 && r <= 0x36f, r == '\'', r == '’', r == '‘', r == '.':
		case r == '&':
			b.WriteString(" and ")
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	s = strings.Join(strings.Fields(b.String()), " ")
	return norm.NFC.String(strings.TrimPrefix(s, "the "))
}

// bare takes off the words that labels put around a country: "Made in China",
// 中国製, 한국산.
func bare(s string) string {
	s = strings.TrimSpace(s)
	for _, p := range [...]string{"made in ", "manufactured in ", "product of ", "country of origin:", "origin:"} {
		if len(s) > len(p) && strings.EqualFold(s[:len(p)], p) {
			return strings.TrimSpace(s[len(p):])
		}
	}
	for _, p := range [...]string{"원산지:", "原産国:", "原产地:", "原產地:"} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return strings.TrimSpace(rest)
		}
	}
	for _, p := range [...]string{"制造", "製造", "制", "製", "産", "产", "產", "산", "제"} {
		if rest, ok := strings.CutSuffix(s, p); ok {
			return strings.TrimSpace(rest)
		}
	}
	return s
}

// maxParts bounds how many countries of one value are looked up.
const maxParts = 16

// several gives the countries that a value names, if every one of its parts is
// a country.
func several(s string) []string {
	s = bare(s)
	for _, word := range [...]string{" and ", " or ", " AND ", " OR ", " & ", " 및 ", " 또는 ", "或", "、", "，", "；", "／", "\n", ";", ",", "+", "|", "·"} {
		s = strings.ReplaceAll(s, word, "/")
	}
	var codes []string
	for i, part := range strings.Split(s, "/") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if i >= maxParts {
			break
		}
		r, err := one(part)
		switch e := err.(type) {
		case nil:
			codes = append(codes, r.Code)
		case *AmbiguousError:
			codes = append(codes, strings.Join(e.Choices, " or "))
		case *SeveralError:
			codes = append(codes, e.Codes...)
		}
	}
	return codes
}
