package hardware

import (
	_ "embed"
	"encoding/csv"
	"regexp"
	"strings"
	"sync"

	"github.com/originbom/originbom/sbom"
)

// The words by which part lists name a category.
//
//go:embed data/category_words.csv
var categoryWordData string

type categoryWord struct {
	category sbom.Category
	word     string
	whole    *regexp.Regexp // the word standing by itself
}

var categoryWords = sync.OnceValue(func() []categoryWord {
	records, err := csv.NewReader(strings.NewReader(categoryWordData)).ReadAll()
	if err != nil {
		return nil // a test reads the same data and fails
	}
	var out []categoryWord
	for _, r := range records[1:] {
		for _, w := range strings.Split(r[1], "|") {
			out = append(out, categoryWord{sbom.Category(r[0]), w, regexp.MustCompile(`(^|[^\pL\pN])` + regexp.QuoteMeta(w) + `([^\pL\pN]|$)`)})
		}
	}
	return out
})

// categoryNamed understands the cell of a category column.
func categoryNamed(said string) (sbom.Category, bool) {
	said = strings.ToLower(strings.TrimSpace(said))
	if cat, ok := sbom.ParseCategory(said); ok {
		return cat, true
	}
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
	desc = strings.ToLower(desc)
	var hits []categoryWord
	for _, w := range categoryWords() {
		if w.whole.MatchString(desc) {
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
