package hardware

import (
	_ "embed"
	"encoding/csv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/originbom/originbom/sbom"
)

// The words by which part lists name a category, with the source of those that
// are not English. Those of the row "ambiguous" name several, and so none.
//
//go:embed data/category_words.csv
var categoryWordData string

type categoryWord struct {
	category sbom.Category
	word     string
}

// ambiguousWord is the category of words that name several.
const ambiguousWord = sbom.Category("ambiguous")

var categoryWords = sync.OnceValue(func() []categoryWord {
	records, err := csv.NewReader(strings.NewReader(categoryWordData)).ReadAll()
	if err != nil {
		return nil // a test reads the same data and fails
	}
	var out []categoryWord
	for _, r := range records[1:] {
		for _, w := range strings.Split(r[1], "|") {
			out = append(out, categoryWord{sbom.Category(r[0]), foldWord(w)})
		}
	}
	return out
})

// foldWord folds case, width, and blanks that do not matter.
func foldWord(s string) string {
	return squeezeEast(strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " "))
}

// standsAlone reports whether w is in s and no part of another word there. In an
// eastern script the end of a compound says what it is, so a word counts at the
// end of one: 后置摄像头模组 is a 摄像头模组, and 电池连接器 is no 电池.
func standsAlone(s, w string) bool {
	first, _ := utf8.DecodeRuneInString(w)
	last, _ := utf8.DecodeLastRuneInString(w)
	for from := 0; ; {
		at := strings.Index(s[from:], w)
		if at < 0 {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(s[:at])
		after, _ := utf8.DecodeRuneInString(s[at+len(w):])
		begins := at == 0 || isEast(first) || !isWord(before)
		ends := at+len(w) == len(s) || !isWord(after) || isEast(last) && !isEast(after)
		if begins && ends {
			return true
		}
		from = at + utf8.RuneLen(first)
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// categoryNamed understands the cell of a category column, also where it says
// one thing in two languages. ambiguous is set for a word that can mean several
// categories.
func categoryNamed(said string) (cat sbom.Category, ok, ambiguous bool) {
	said = foldWord(said)
	if cat, ok := sbom.ParseCategory(said); ok {
		return cat, true, false
	}
	if cat, ok = wordOf(said); ok {
		return cat, cat != ambiguousWord, cat == ambiguousWord
	}
	trim := func(s string) string { return strings.Trim(s, " /()-|,:") }
	east, west := splitEast(said)
	a, known := wordOf(trim(east))
	b, both := wordOf(trim(west))
	if known && both && a == b && a != ambiguousWord {
		return a, true, false
	}
	return "", false, false
}

func wordOf(said string) (sbom.Category, bool) {
	for _, w := range categoryWords() {
		if w.word == said {
			return w.category, true
		}
	}
	return "", false
}

// categoryInWords finds the one category that a description names. A longer
// word hides the shorter ones in it ("touch controller" hides "touch", "led
// driver" hides "led"); a description that names two categories, such as
// "camera connector", names none.
func categoryInWords(desc string) sbom.Category {
	desc = foldWord(desc)
	var hits []categoryWord
	for _, w := range categoryWords() {
		if w.category != ambiguousWord && standsAlone(desc, w.word) {
			hits = append(hits, w)
		}
	}
	found := sbom.Category("")
	for i, w := range hits {
		hidden := false
		for j, o := range hits {
			hidden = hidden || i != j && len(o.word) > len(w.word) && strings.Contains(o.word, w.word)
		}
		if hidden || w.category == found {
			continue
		}
		if found != "" {
			return ""
		}
		found = w.category
	}
	return found
}
