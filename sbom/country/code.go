package country

import (
	"strings"
	"unicode"
)

// alpha2 are the 249 officially assigned codes of ISO 3166-1, in order.
const alpha2 = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV " +
	"BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ " +
	"FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR " +
	"IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML " +
	"MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR " +
	"PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ " +
	"TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"

// words are alpha-2 codes that are also everyday English. In lower case they
// are read as the word, so that "no" in a cell never becomes Norway.
const words = "am as at be by do in is it me my no so to"

func isAlpha2(s string) bool {
	if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return false
	}
	return strings.Contains(alpha2, s) // no pair of letters spans the blanks
}

// code reads a code. ok is false and err nil if s does not have the form of
// one.
func code(s string) (r Result, ok bool, err error) {
	switch {
	case isAlpha2(s):
		return Result{Code: s}, true, nil
	case s == "UK" || s == "U.K." || s == "uk":
		return Result{Code: "GB", Note: "UK was read as GB, the ISO 3166-1 code of the United Kingdom: write GB"}, true, nil
	case len(s) == 2 && isAlpha2(strings.ToUpper(s)):
		up := strings.ToUpper(s)
		if strings.Contains(" "+words+" ", " "+strings.ToLower(s)+" ") {
			return r, false, &UnknownError{Said: s, Remedy: "it is also an English word; write " + up + " in capitals if the country is meant"}
		}
		return Result{Code: up}, true, nil
	case len(s) == 3 && s == strings.ToUpper(s):
		if c, ok := table().alpha3[s]; ok {
			return Result{Code: c}, true, nil
		}
	case len(s) > 3 && s[2] == '-' && isAlpha2(s[:2]) && short(s[3:]):
		if isSubdivision(s) {
			return Result{Code: s}, true, nil
		}
		if len(s) == 5 && isAlpha2(s[3:]) {
			return r, false, &SeveralError{Said: s, Codes: []string{s[:2], s[3:]}}
		}
		return r, false, &UnknownError{Said: s, Remedy: "it is no subdivision of " + s[:2] + " in ISO 3166-2; write " + s[:2] + " alone if the subdivision is not known"}
	}
	return r, false, nil
}

// short reports whether s has the general form of the second part of an ISO
// 3166-2 code: one to three letters or digits.
func short(s string) bool {
	if len(s) < 1 || len(s) > 3 {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !('A' <= r && r <= 'Z') && !('0' <= r && r <= '9')
	}) < 0
}

// isSubdivision reports whether s is an ISO 3166-2 code: the country is
// assigned and the second part has the form that the country uses. Where the
// form alone would let a pair of countries through (US-CN), the codes are
// listed.
func isSubdivision(s string) bool {
	if len(s) < 4 || s[2] != '-' || !isAlpha2(s[:2]) || !short(s[3:]) {
		return false
	}
	part := s[3:]
	switch s[:2] {
	case "CN": // since 2017; before that the parts were numbers
		return listed("AH BJ CQ FJ GD GS GX GZ HA HB HE HI HK HL HN JL JS JX LN MO NM NX QH SC SD SH SN SX TJ TW XJ XZ YN ZJ", part)
	case "US":
		return listed("AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP MS MT NC ND NE "+
			"NH NJ NM NV NY OH OK OR PA PR RI SC SD TN TX UM UT VA VI VT WA WI WV WY", part)
	case "KR", "JP", "TH", "MY", "KP":
		return len(part) == 2 && digits(part)
	case "TW":
		return len(part) == 3 && !digits(part)
	case "SG":
		return len(part) == 2 && digits(part)
	}
	return true
}

func listed(list, s string) bool { return len(s) == 2 && strings.Contains(list, s) }

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}
