package report

import "testing"

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain 디스플레이 é":     "plain 디스플레이 é",
		"a\x1b[2Jb":         `a\x1b[2Jb`,
		"a\n::error::b":     `a\n::error::b`,
		"a\u202eb\u2028c\r": `a\u202eb\u2028c\r`,
	} {
		if got := Visible(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}
