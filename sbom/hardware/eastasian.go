package hardware

import (
	"strings"
	"unicode"
)

// This file knows how words stand in Chinese, Japanese and Korean text, where
// blanks part words or do not, as the writer likes, and the last word of a
// compound says what the thing is: 电池 is a battery, and 电池连接器 is not.

func isEast(r rune) bool {
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
}

// squeezeEast drops the blanks between two such letters.
func squeezeEast(s string) string {
	rs := []rune(s)
	var b strings.Builder
	for i, r := range rs {
		if r == ' ' && i > 0 && i+1 < len(rs) && isEast(rs[i-1]) && isEast(rs[i+1]) {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// splitEast parts a text that says the same in an eastern script and in
// another. Either is "" if there is none, or if it stands in several places.
func splitEast(s string) (east, west string) {
	var easts, wests []string
	for word := range strings.FieldsSeq(spaceScripts(s)) {
		if isEast([]rune(word)[0]) {
			easts = append(easts, word)
		} else {
			wests = append(wests, word)
		}
	}
	if len(easts) != 1 {
		return "", ""
	}
	return easts[0], strings.Join(wests, " ")
}

// spaceScripts puts a blank wherever the script changes.
func spaceScripts(s string) string {
	var b strings.Builder
	last := ' '
	for _, r := range s {
		if last != ' ' && r != ' ' && isEast(last) != isEast(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}
