// Package visible writes the text of strangers for people: it shows what is
// there, and does nothing.
//
// A part's name, a sheet's cell or a claim's words come from whoever wrote the
// document. Printed as they are, they could move a terminal's cursor, end a line
// and begin another (a command of a CI system among them), or turn words around
// (U+202E). Everything that this program prints for people goes through here:
// what has no shape of its own is written as an escape, \x1b or \u202e.
//
// It does not judge what looks alike (a Cyrillic "а" stays one), and it is not
// for formats with escapes of their own: JSON, XML, HTML.
package visible

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text writes control characters, line breaks, direction and other format
// characters, and bytes that are no UTF-8, as escapes.
func Text(s string) string { return escape(s, "") }

// escape escapes all that has no shape, but for the runes of keep.
func escape(s, keep string) string {
	bad := func(r rune) bool { return shapeless(r) && !strings.ContainsRune(keep, r) }
	if utf8.ValidString(s) && !strings.ContainsFunc(s, bad) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case bad(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// shapeless reports whether a character does something instead of showing:
// controls (Cc), formats such as directions (Cf), line and paragraph separators.
func shapeless(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// Fprintf formats as fmt.Fprintf does, with every argument that is text (a
// string, an error or a fmt.Stringer) made visible. The format's own line breaks
// stand.
func Fprintf(w io.Writer, format string, args ...any) (int, error) {
	shown := make([]any, len(args))
	for i, a := range args {
		shown[i] = argument(a)
	}
	return fmt.Fprintf(w, format, shown...)
}

func argument(a any) any {
	switch v := a.(type) {
	case string:
		return Text(v)
	case error:
		return Text(v.Error())
	case fmt.Stringer:
		return Text(v.String())
	}
	if v := reflect.ValueOf(a); v.Kind() == reflect.String {
		return Text(v.String())
	}
	return a
}

// Writer gives a writer to w that makes what it is given visible and keeps line
// breaks and tabs. It is the last gate of a stream for people, after callers have
// taken the line breaks out of what they quote. Each Write must hold whole
// characters, as those of package fmt do.
func Writer(w io.Writer) io.Writer { return writer{w} }

type writer struct{ w io.Writer }

func (v writer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(v.w, escape(string(p), "\n\t")); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Raw gives the writer below one that Writer made, for who writes control characters
// of its own; any other writer it gives back.
func Raw(w io.Writer) io.Writer {
	if v, ok := w.(writer); ok {
		return v.w
	}
	return w
}
