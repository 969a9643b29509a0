// Package names compares names of companies, carefully.
//
// Two names are the same only if nothing but spelling separates them: Unicode
// compatibility forms, case, punctuation, the order-free parts of a legal form
// ("Co., Ltd." and "Limited"). Everything else is at most a possible match, for
// a person to settle. There is no similarity score, because no threshold is
// right: with legal forms stripped, "ZTE Corporation" and the unrelated
// "ZTE Electronics GmbH" look alike, and "Huawei" and its subsidiary
// "HiSilicon" do not.
//
// # How a name is taken apart
//
// [Normalise] splits a name into its core and its legal form. "ZTE Electronics
// GmbH" has the core "zte electronics" and the form "gmbh". Words such as
// Electronics, Technology, Group and Holdings are part of the core: they
// separate companies. Chinese, Japanese and Korean forms (有限公司, 株式会社,
// 주식회사) are taken off and not compared, since they are translated freely;
// names in those scripts are compared as they are, never transliterated.
//
// # How a name is looked up
//
// [Index.Find] gives exact matches: the same core, and a legal form that one of
// the party's own names carries, or no form on one side. "ZTE GmbH" is thus not
// ZTE Corporation.
//
// Possible matches come from blocks, so that a look-up never compares all
// names: the same core under another form; the same letters spaced otherwise; a
// core that differs in one letter (found by deletion neighbourhoods: two words
// within one edit share a word that lacks one letter); and a core that begins
// with the other's core as whole words.
package names

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxName bounds what is compared, in bytes: the longest name in the registry
// has about 120. Longer input matches nothing.
const maxName = 400

// A Name is a company's name, taken apart.
type Name struct {
	Core string // what separates the company from others, folded
	Form string // legal form in a common spelling: corp, ltd, gmbh; "" if none
}

// Normalise takes a name apart. The zero Name stands for input that holds no
// name.
func Normalise(s string) Name {
	if len(s) > maxName {
		return Name{}
	}
	words := strings.Fields(fold(s))
	var form string
	// Twice, for "Corporation Limited"; the last form is the one that counts.
	for range 2 {
		f, n := legalForm(words)
		if n == 0 || n == len(words) {
			break
		}
		if form == "" {
			form = f
		}
		words = words[:len(words)-n]
	}
	core := strings.Join(words, " ")
	if strings.ContainsFunc(core, cjk) {
		core = trimForms(strings.ReplaceAll(core, " ", ""))
	}
	return Name{Core: core, Form: form}
}

// fold unifies compatibility forms and case and turns punctuation into blanks.
// Dots between single letters vanish: "N.V." is "nv".
func fold(s string) string {
	s = norm.NFKC.String(s)
	for _, form := range [...]string{"(주)", "(株)", "(有)"} {
		s = strings.ReplaceAll(s, form, " ")
	}
	rs := []rune(strings.ToLower(s))
	var b strings.Builder
	run := 0 // letters since the last break
	for i, r := range rs {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
			run++
			b.WriteRune(r)
		case r == '\'', r == '’', r == '.' && run == 1 && i+1 < len(rs):
			run = 0
		case r == '&':
			run = 0
			b.WriteString(" and ")
		default:
			run = 0
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// forms are legal forms as their last words, and the spelling that stands for
// all of their kind.
var forms = [...]struct {
	words []string
	form  string
}{
	{[]string{"pte", "ltd"}, "private"},
	{[]string{"pte", "limited"}, "private"},
	{[]string{"pvt", "ltd"}, "private"},
	{[]string{"private", "limited"}, "private"},
	{[]string{"sdn", "bhd"}, "private"},
	{[]string{"co", "ltd"}, "ltd"},
	{[]string{"co", "limited"}, "ltd"},
	{[]string{"company", "limited"}, "ltd"},
	{[]string{"company", "ltd"}, "ltd"},
	{[]string{"coltd"}, "ltd"},
	{[]string{"ltd"}, "ltd"},
	{[]string{"limited"}, "ltd"},
	{[]string{"co"}, "ltd"},
	{[]string{"company"}, "ltd"},
	{[]string{"corp"}, "corp"},
	{[]string{"corporation"}, "corp"},
	{[]string{"inc"}, "corp"},
	{[]string{"incorporated"}, "corp"},
	{[]string{"gmbh"}, "gmbh"},
	{[]string{"ag"}, "ag"},
	{[]string{"se"}, "se"},
	{[]string{"kg"}, "kg"},
	{[]string{"nv"}, "nv"},
	{[]string{"bv"}, "bv"},
	{[]string{"sa"}, "sa"},
	{[]string{"sas"}, "sas"},
	{[]string{"sarl"}, "sarl"},
	{[]string{"spa"}, "spa"},
	{[]string{"srl"}, "srl"},
	{[]string{"sl"}, "sl"},
	{[]string{"ab"}, "ab"},
	{[]string{"oy"}, "oy"},
	{[]string{"oyj"}, "oy"},
	{[]string{"asa"}, "asa"},
	{[]string{"aps"}, "aps"},
	{[]string{"plc"}, "plc"},
	{[]string{"llc"}, "llc"},
	{[]string{"lp"}, "lp"},
	{[]string{"llp"}, "llp"},
	{[]string{"kk"}, "kk"},
	{[]string{"pjsc"}, "pjsc"},
	{[]string{"spc"}, "spc"},
}

// legalForm gives the legal form at the end of words, and how many words it
// takes.
func legalForm(words []string) (form string, n int) {
	for _, f := range forms {
		if len(words) >= len(f.words) && slices.Equal(words[len(words)-len(f.words):], f.words) {
			return f.form, len(f.words)
		}
	}
	return "", 0
}

// trimForms takes legal forms off a name in Chinese, Japanese or Korean script.
func trimForms(core string) string {
	for _, f := range [...]string{"股份有限公司", "有限责任公司", "有限責任公司", "有限公司", "株式会社", "주식회사", "유한회사"} {
		if t, ok := strings.CutSuffix(core, f); ok && t != "" {
			core = t
			break
		}
	}
	for _, f := range [...]string{"株式会社", "주식회사"} {
		if t, ok := strings.CutPrefix(core, f); ok && t != "" {
			return t
		}
	}
	return core
}

func cjk(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
}
