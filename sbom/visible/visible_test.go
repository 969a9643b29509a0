package visible

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		"plain 디스플레이 é":         "plain 디스플레이 é",
		"a\x1b[2Jb":             `a\x1b[2Jb`,
		"a\n::error::b":         `a\n::error::b`,
		"a\u202eb\u2028c\r":     `a\u202eb\u2028c\r`,
		"8-bit escape \x9b2J":   `8-bit escape \x9b2J`,
		"C1 as a rune \u009b2J": `C1 as a rune \u009b2J`,
		"tag \U000e0041":        `tag \U000e0041`,
		"\u2066\u200b\ufeff":    `\u2066\u200b\ufeff`,
		"replaced \ufffd stays": "replaced \ufffd stays",
	} {
		if got := Text(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

type kind string

func TestFprintf(t *testing.T) {
	var b bytes.Buffer
	n, err := Fprintf(&b, "%s|%s|%v|%d\n", "a\nb", kind("c\x1b"), errors.New("d\re"), 7)
	if got, want := b.String(), "a\\nb|c\\x1b|d\\re|7\n"; got != want || n != len(want) || err != nil {
		t.Errorf("got %q (%d, %v), want %q", got, n, err, want)
	}
}

func TestWriter(t *testing.T) {
	var b bytes.Buffer
	in := "one\x1b[1A\n\ttwo\u202e\r\n"
	n, err := Writer(&b).Write([]byte(in))
	if got, want := b.String(), "one\\x1b[1A\n\ttwo\\u202e\\r\n"; got != want || n != len(in) || err != nil {
		t.Errorf("got %q (%d, %v), want %q", got, n, err, want)
	}
}

// What is shown is text of one line without anything that acts, and showing it
// again changes nothing.
func FuzzText(f *testing.F) {
	for _, s := range []string{"디", "a\x1b[0m", "\xff\xfe", "\u202e", `\x1b`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, shapeless) {
			t.Errorf("%q is shown as %q", s, got)
		}
		if again := Text(got); again != got {
			t.Errorf("%q is shown as %q, and that as %q", s, got, again)
		}
	})
}
