package table

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// This file finds the encoding of a text. A byte order mark decides, then valid
// UTF-8; the old encodings of East Asia are told apart by a header that is a
// word in one of them only, then by which characters the text would consist of.

type found struct{ name, why string }

// Names of encodings.
const (
	utf8Name    = "UTF-8"
	utf16LE     = "UTF-16 (little-endian)"
	utf16BE     = "UTF-16 (big-endian)"
	shiftJIS    = "Shift-JIS"
	gb18030     = "GB18030"
	eucKR       = "EUC-KR"
	windows1252 = "Windows-1252"
)

// IsText reports whether data begins as text does, in any encoding that
// ReadText reads.
func IsText(data []byte) bool {
	if _, _, ok := byteOrder(data); ok {
		return true
	}
	for _, b := range data[:min(len(data), 4096)] {
		if b < 0x20 && b != '\n' && b != '\r' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}

// byteOrder finds UTF-16 by its mark, or by every other byte of the beginning
// being zero, as in Latin text.
func byteOrder(data []byte) (name, why string, ok bool) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe, 0, 0}):
		return "", "", false // UTF-32
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return utf16LE, "by its byte order mark", true
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return utf16BE, "by its byte order mark", true
	}
	sample := data[:min(len(data), 512)&^1]
	if len(sample) < 16 {
		return "", "", false
	}
	var zero [2]int
	for i, b := range sample {
		if b == 0 {
			zero[i&1]++
		}
	}
	half := len(sample) / 2
	switch {
	case zero[0] == 0 && zero[1] > half*3/4:
		return utf16LE, "by its zero bytes", true
	case zero[1] == 0 && zero[0] > half*3/4:
		return utf16BE, "by its zero bytes", true
	}
	return "", "", false
}

// decode gives the text as UTF-8 without a byte order mark.
func decode(file string, data []byte, known func(string) bool) ([]byte, found, error) {
	if name, why, ok := byteOrder(data); ok {
		order := unicode.LittleEndian
		if name == utf16BE {
			order = unicode.BigEndian
		}
		text, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data)
		if err != nil || len(data)%2 != 0 {
			return nil, found{}, fmt.Errorf("%s: broken %s: save it as CSV UTF-8", file, name)
		}
		return text, found{name, why}, nil
	}
	if text, ok := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); ok {
		if !utf8.Valid(text) {
			return nil, found{}, fmt.Errorf("%s: broken UTF-8: save it as CSV UTF-8", file)
		}
		return text, found{utf8Name, "by its byte order mark"}, nil
	}
	if utf8.Valid(data) {
		return data, found{utf8Name, ""}, nil
	}
	return decodeLegacy(file, data, known)
}

// A legacy encoding of text, with the shape of its characters.
type legacy struct {
	name string
	enc  encoding.Encoding
	// size is the length of the character at the beginning of b, 0 if it is none.
	size func(b []byte) int
	// common reports whether the character is of those that texts consist of.
	common func(lead, trail byte) bool
}

var legacies = []legacy{
	{
		shiftJIS, japanese.ShiftJIS,
		func(b []byte) int {
			if b[0] >= 0xa1 && b[0] <= 0xdf { // half-width kana
				return 1
			}
			return 2
		},
		// Punctuation, full-width Latin, kana, and the kanji of level 1.
		func(lead, _ byte) bool { return lead >= 0x81 && lead <= 0x83 || lead >= 0x88 && lead <= 0x97 },
	},
	{
		gb18030, simplifiedchinese.GB18030,
		func(b []byte) int {
			if len(b) > 1 && b[1] >= '0' && b[1] <= '9' {
				return 4
			}
			return 2
		},
		// Punctuation, full-width Latin, and the hanzi of level 1.
		func(lead, trail byte) bool {
			return trail >= 0xa1 && (lead == 0xa1 || lead == 0xa3 || lead >= 0xb0 && lead <= 0xd7)
		},
	},
	{
		eucKR, korean.EUCKR,
		func([]byte) int { return 2 },
		// Punctuation, full-width Latin, and the syllables of KS X 1001.
		func(lead, trail byte) bool {
			return trail >= 0xa1 && (lead == 0xa1 || lead == 0xa3 || lead >= 0xb0 && lead <= 0xc8)
		},
	},
}

const (
	plausible = 0.9
	// Korean syllables are, as bytes, a part of the common Chinese characters:
	// a Chinese text of this many characters keeps to that part with a
	// probability below 0.0001 (each of them with about one half).
	enoughKorean = 16
)

// decodeLegacy tells the encodings apart that have no mark.
func decodeLegacy(file string, data []byte, known func(string) bool) ([]byte, found, error) {
	if !adjacent(data) {
		text, err := charmap.Windows1252.NewDecoder().Bytes(data)
		if err == nil && !bytes.ContainsRune(text, utf8.RuneError) {
			return text, found{windows1252, "since its letters beyond ASCII stand alone; check them"}, nil
		}
	}
	texts := map[string][]byte{}
	var witnesses, likely []string
	word := ""
	for _, l := range legacies {
		text, err := l.enc.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
			continue
		}
		texts[l.name] = text
		if w := knownWord(text, known); w != "" {
			witnesses, word = append(witnesses, l.name), w
		}
		chars, share := l.tally(data)
		if l.name == eucKR && share > 0.98 && chars >= enoughKorean {
			likely = []string{eucKR}
		} else if share >= plausible {
			likely = append(likely, l.name)
		}
	}
	switch {
	case len(witnesses) == 1:
		return texts[witnesses[0]], found{witnesses[0], fmt.Sprintf("by the header %q", word)}, nil
	case len(witnesses) == 0 && len(likely) == 1:
		return texts[likely[0]], found{likely[0], "by the characters that it then consists of"}, nil
	}
	names := "none of those known"
	if len(witnesses) > 1 {
		names = strings.Join(witnesses, " or ")
	} else if len(likely) > 1 {
		names = strings.Join(likely, " or ")
	}
	return nil, found{}, fmt.Errorf("%s: the text is not UTF-8, and its encoding cannot be told (%s): save it as CSV UTF-8", file, names)
}

// adjacent reports whether two bytes beyond ASCII stand side by side, as they
// do in every double-byte text.
func adjacent(data []byte) bool {
	for i := 1; i < len(data); i++ {
		if data[i] >= 0x80 && data[i-1] >= 0x80 {
			return true
		}
	}
	return false
}

// tally counts the characters beyond ASCII and gives the share of the common
// ones.
func (l legacy) tally(data []byte) (chars int, share float64) {
	common := 0
	for i := 0; i < len(data); {
		if data[i] < 0x80 {
			i++
			continue
		}
		n := l.size(data[i:])
		chars++
		if n == 2 && i+1 < len(data) && l.common(data[i], data[i+1]) {
			common++
		}
		i += n
	}
	if chars == 0 {
		return 0, 0
	}
	return chars, float64(common) / float64(chars)
}

// knownWord finds a header beyond ASCII in the first lines.
func knownWord(text []byte, known func(string) bool) string {
	if known == nil {
		return ""
	}
	sample := string(text[:min(len(text), 64<<10)])
	for cell := range strings.FieldsFuncSeq(sample, func(r rune) bool { return strings.ContainsRune(",;\t|\r\n\"", r) }) {
		cell = strings.TrimSpace(cell)
		if !plain(cell) && known(cell) {
			return cell
		}
	}
	return ""
}
