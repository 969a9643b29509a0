package hardware

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/table"
)

// This file reads quantities, prices and designators.

// decimalMarks finds out for each column of numbers which character stands
// before decimals, by those numbers that can be read in one way only: 1,25 and
// 1.234,50 on one side, 1,234.50 on the other. A column without any has none,
// and then 1,234 is not read.
func decimalMarks(head header, rows []table.Row) map[column]rune {
	marks := map[column]rune{}
	for _, c := range []column{colPrice, colQuantity} {
		mark := rune(0)
		for _, at := range head.columns[c] {
			for _, r := range rows {
				if at >= len(r.Cells) {
					continue
				}
				switch m := certainMark(r.Cells[at]); {
				case m == 0 || m == mark:
				case mark == 0:
					mark = m
				default:
					mark = '?' // both in one column
				}
			}
		}
		marks[c] = mark
	}
	return marks
}

var (
	commaDecimal = regexp.MustCompile(`^[^0-9]*([0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[0-9]+,([0-9]{1,2}|[0-9]{4,}))[^0-9]*$`)
	zeroComma    = regexp.MustCompile(`^[^0-9]*0,[0-9]+[^0-9]*$`)
	pointDecimal = regexp.MustCompile(`^[^0-9]*([0-9]{1,3}(,[0-9]{3})+\.[0-9]+|[0-9]+\.([0-9]{1,2}|[0-9]{4,})|0\.[0-9]+|[0-9]{1,3}(,[0-9]{3}){2,})[^0-9]*$`)
)

// certainMark gives the decimal mark of a number that can be read in one way,
// 0 of any other.
func certainMark(s string) rune {
	switch {
	case commaDecimal.MatchString(s), zeroComma.MatchString(s):
		return ','
	case pointDecimal.MatchString(s):
		return '.'
	}
	return 0
}

// number reads a number by its column's decimal mark.
func number(s string, mark rune) (float64, bool) {
	s = strings.NewReplacer(" ", "", "'", "", "\u2019", "").Replace(s)
	comma, point := strings.Contains(s, ","), strings.Contains(s, ".")
	switch {
	case mark == ',':
		s = strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
	case mark == '.':
		s = strings.ReplaceAll(s, ",", "")
	case certainMark(s) == ',' && comma:
		s = strings.Replace(strings.ReplaceAll(s, ".", ""), ",", ".", 1)
	case certainMark(s) == '.' && point:
		s = strings.ReplaceAll(s, ",", "")
	case comma: // 1,234: a thousand or a little more than one
		return 0, false
	}
	if !plainNumber.MatchString(s) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && f >= 0 && f <= 1e9
}

var (
	plainNumber = regexp.MustCompile(`^[0-9]{1,15}(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?$`)
	pieces      = regexp.MustCompile(`(?i)\s*(pcs?\.?|pieces?|ea\.?|each|개|個|个|件)$`)
)

func (p *partList) quantity(e *entry) float64 {
	said := e.text(colQuantity)
	if said == "" {
		return 0
	}
	q, ok := number(pieces.ReplaceAllString(said, ""), p.decimal[colQuantity])
	if !ok {
		p.unread(e, fmt.Sprintf("quantity %q is not a number, kept as unknown", said), "write a number, such as 2")
		return 0
	}
	return q
}

// Currencies by what people write. ¥ is the sign of two, and $ is that of the
// US dollar only where no letters stand before it.
var currencies = map[string]string{
	"$": "USD", "us$": "USD", "hk$": "HKD", "nt$": "TWD", "s$": "SGD", "€": "EUR", "£": "GBP", "₩": "KRW", "¥": "", "￥": "", "₹": "INR", "₫": "VND",
	"원": "KRW", "円": "JPY", "元": "CNY", "rmb": "CNY", "usd": "USD", "eur": "EUR", "gbp": "GBP", "krw": "KRW", "jpy": "JPY", "cny": "CNY",
	"twd": "TWD", "ntd": "TWD", "hkd": "HKD", "sgd": "SGD", "inr": "INR", "vnd": "VND", "chf": "CHF", "sek": "SEK", "nok": "NOK", "dkk": "DKK", "cad": "CAD", "aud": "AUD",
}

func currencyNamed(s string) (code string, ok bool) {
	code, ok = currencies[strings.ToLower(strings.TrimSpace(s))]
	return code, ok
}

var withCurrency = regexp.MustCompile(`^([^0-9\s.,-]*)\s*([0-9][0-9.,' ]*(?:[eE][-+]?[0-9]+)?)\s*([^0-9\s.,]*)$`)

// money reads the price of one piece.
func (p *partList) money(e *entry, c *sbom.Component) {
	said := e.text(colPrice)
	if partNumber(said) == "" {
		return
	}
	unread := func(why, remedy string) {
		p.unread(e, fmt.Sprintf("price %q %s, kept as unknown", said, why), remedy)
	}
	m := withCurrency.FindStringSubmatch(said)
	if m == nil {
		unread("is not a number", "write 1.25 and the currency in its own column")
		return
	}
	each, ok := number(strings.TrimSpace(m[2]), p.decimal[colPrice])
	if !ok {
		unread("can be read in two ways or in none", "write 1234.50, without a mark between thousands")
		return
	}
	currency := p.price
	for _, word := range []string{m[1], m[3]} {
		if word == "" {
			continue
		}
		code, ok := currencyNamed(word)
		if !ok {
			unread("is in a currency that is not known", "write its code of three letters, such as KRW")
			return
		}
		if code != "" {
			currency = code
		}
	}
	if in := e.text(colCurrency); in != "" {
		code, ok := currencyNamed(in)
		if !ok && currencyCode.MatchString(in) {
			code, ok = strings.ToUpper(in), true
		}
		if !ok {
			unread(fmt.Sprintf("is in %q, which is no currency known", in), "write its code of three letters, such as KRW")
			return
		}
		currency = code
	}
	c.Price = &sbom.Price{Each: each, Currency: currency}
}

var currencyCode = regexp.MustCompile(`^[A-Za-z]{3}$`)

// maxDesignators bounds what the ranges of one entry may expand to; boards have
// some thousands of positions.
const maxDesignators = 10_000

var (
	rangeMark       = regexp.MustCompile(`\s*(?:[–—~～]|\.{2,3}|…)\s*|\s+(?:-|to|through|thru)\s+`)
	designatorRange = regexp.MustCompile(`^([A-Za-z_]+)([0-9]+)-([A-Za-z_]*)([0-9]+)$`)
)

// designators splits "C1, C2" and expands "R1-R5". Where the end of a range has
// no letters ("J1-2"), it may as well be the name of one position: the quantity
// then decides.
func (p *partList) designators(e *entry, quantity float64) []string {
	var out []string
	said := rangeMark.ReplaceAllString(e.text(colDesignators), "-")
	fields := strings.FieldsFunc(said, func(r rune) bool { return strings.ContainsRune(",; \t\n、，", r) })
	for _, f := range fields {
		m := designatorRange.FindStringSubmatch(f)
		if m == nil || m[3] != "" && m[3] != m[1] || m[3] == "" && quantity == float64(len(fields)) {
			out = append(out, f)
			continue
		}
		from, err1 := strconv.Atoi(m[2])
		to, err2 := strconv.Atoi(m[4])
		if err1 != nil || err2 != nil || to < from || to-from+len(out) >= maxDesignators {
			p.unread(e, fmt.Sprintf("designators %q are no range, kept as said", f), "write R1-R5")
			out = append(out, f)
			continue
		}
		for i := from; i <= to; i++ {
			out = append(out, fmt.Sprintf("%s%0*d", m[1], len(m[2]), i))
		}
	}
	return out
}
