// Package country reads the countries that people write into part lists,
// claims and handset files, and gives ISO 3166 codes.
//
// A code is an ISO 3166-1 alpha-2 code (KR) or an ISO 3166-2 code (CN-XJ).
// [Parse] accepts both, alpha-3 codes (KOR), and names in English, Korean,
// Chinese in either script, and Japanese:
//
//	Parse("대한민국")      // KR
//	Parse("Made in PRC") // CN
//	Parse("Korea")       // *AmbiguousError: write KR or KP
//	Parse("KR/CN")       // *SeveralError: one value per country
//
// It is strict on purpose: a value that can be read in two ways is not read,
// because a wrong country in a signed document is worse than an unknown one.
// KP is never read as KR. What was said is kept: CN-HK, CN-TW and CN-MO are not
// rewritten to HK, TW and MO; [Of] says how they count.
//
// Names are those of the Unicode CLDR (names.tsv, checked against x/text by a
// test) and the variants in variants.go. Nothing is built before the first name
// is looked up, and codes never need the names.
//
// The package does not know cities, historical countries or groups of countries
// such as the EU.
package country

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// maxSaid bounds what Parse looks at, in bytes: the longest name here has 126.
const maxSaid = 300

// A Result is a country that was understood.
type Result struct {
	Code string // ISO 3166-1 alpha-2 or 3166-2, upper case
	Note string // what a reader must be told about the reading; "" mostly
}

// An AmbiguousError says that a value fits several countries.
type AmbiguousError struct {
	Said    string
	Choices []string // codes, sorted by likelihood in a part list
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("country %q is ambiguous: write %s", e.Said, strings.Join(e.Choices, " or "))
}

// A SeveralError says that a value names more than one country.
type SeveralError struct {
	Said  string
	Codes []string // the codes in the order said; "KR or KP" where one is ambiguous
}

func (e *SeveralError) Error() string {
	return fmt.Sprintf("%q names several countries (%s): give one value per country, each with its share",
		e.Said, strings.Join(e.Codes, ", "))
}

// An UnknownError says that a value is no country that this package knows.
type UnknownError struct {
	Said   string
	Remedy string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("country %q is not known: %s", e.Said, e.Remedy)
}

const writeCode = "write an ISO 3166-1 code such as KR, or an ISO 3166-2 code such as CN-XJ"

// Parse reads one country. The code of its result parses to itself. Its errors
// are *AmbiguousError, *SeveralError and *UnknownError. It is safe for
// concurrent use.
func Parse(said string) (Result, error) {
	if len(said) > maxSaid {
		return Result{}, &UnknownError{Said: cut(said), Remedy: fmt.Sprintf("it has more than %d bytes; %s", maxSaid, writeCode)}
	}
	s := strings.TrimSpace(norm.NFKC.String(said))
	if s == "" {
		return Result{}, &UnknownError{Said: s, Remedy: "it is empty; " + writeCode}
	}
	r, err := one(s)
	if err == nil {
		return r, nil
	}
	if _, unknown := err.(*UnknownError); !unknown {
		return Result{}, err
	}
	if r, ok := nameWithCode(s); ok {
		return r, nil
	}
	if codes := several(s); len(codes) > 1 {
		return Result{}, &SeveralError{Said: s, Codes: codes}
	}
	return Result{}, err
}

// Of gives the ISO 3166-1 part of a code as policies count it: CN-TW, CN-HK and
// CN-MO count as TW, HK and MO; every other subdivision as its country. It
// gives "" if code is no code.
func Of(code string) string {
	switch code {
	case "CN-TW", "CN-HK", "CN-MO":
		return code[3:]
	}
	if isAlpha2(code) || isSubdivision(code) {
		return code[:2]
	}
	return ""
}

// IsCode reports whether s is an ISO 3166-1 alpha-2 or 3166-2 code as a Result
// holds it.
func IsCode(s string) bool { return Of(s) != "" }

// Name gives the English name of a code for people: "South Korea",
// "China (CN-XJ)", "Hong Kong (CN-HK)". It gives code itself if it is no code.
func Name(code string) string {
	c := Of(code)
	if c == "" {
		return code
	}
	name := table().english[c]
	if len(code) > 2 {
		name += " (" + code + ")"
	}
	return name
}

// one reads a value that is a single code or name, perhaps in a phrase.
func one(s string) (Result, error) {
	if r, ok, err := code(s); ok || err != nil {
		return r, err
	}
	if r, ok, err := named(s, s); ok || err != nil {
		return r, err
	}
	if bare := bare(s); bare != s && bare != "" {
		if r, ok, err := code(bare); ok || err != nil {
			return r, err
		}
		if r, ok, err := named(s, bare); ok || err != nil {
			return r, err
		}
	}
	return Result{}, &UnknownError{Said: s, Remedy: writeCode}
}

// named looks a name up; said is what errors quote.
func named(said, name string) (Result, bool, error) {
	key := fold(name)
	if c, ok := table().codes[key]; ok {
		return Result{Code: c}, true, nil
	}
	if cs, ok := table().ambiguous[key]; ok {
		return Result{}, false, &AmbiguousError{Said: said, Choices: cs}
	}
	return Result{}, false, nil
}

// nameWithCode reads "Korea (KR)", "KR - South Korea" and "CN, China": a code
// and a name that agree.
func nameWithCode(s string) (Result, bool) {
	for _, pair := range pairs(s) {
		c, ok, err := code(pair[0])
		if !ok || err != nil {
			continue
		}
		r, err := one(pair[1])
		if err == nil && r.Code == Of(c.Code) {
			return c, true
		}
		if amb, is := err.(*AmbiguousError); is && slices.Contains(amb.Choices, Of(c.Code)) {
			return c, true
		}
	}
	return Result{}, false
}

// pairs gives the ways to see s as a code beside a name.
func pairs(s string) [][2]string {
	var ps [][2]string
	if open := strings.LastIndexAny(s, "(（"); open > 0 {
		in := strings.Trim(s[open:], "()（） ")
		ps = append(ps, [2]string{in, s[:open]}, [2]string{strings.TrimSpace(s[:open]), in})
	}
	for _, sep := range []string{" - ", ": ", ", "} {
		if a, b, ok := strings.Cut(s, sep); ok {
			ps = append(ps, [2]string{strings.TrimSpace(a), b}, [2]string{strings.TrimSpace(b), a})
		}
	}
	return ps
}

func cut(s string) string { return strings.ToValidUTF8(s[:40], "") + "..." }
