package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestProgress: short work is not talked about, words stand for a while, what an
// image calls its partitions cannot steer the terminal, and the line is taken back.
func TestProgress(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := &progress{terminal: &out, now: func() time.Time { return now }, start: now}
	watch := p.watch()
	for _, at := range []struct {
		after time.Duration
		what  string
		done  int64
	}{{0, "system", 1}, {900, "system", 10}, {1100, "system", 20}, {1150, "system", 30}, {1400, "ven\x1b[2Jdor", 75}} {
		now = time.Unix(0, 0).Add(at.after * time.Millisecond)
		watch(at.what, at.done, 100)
	}
	p.clear()
	p.clear()
	want := []string{"originbom: reading system, 20%", "originbom: reading ven\\u001b[2Jdor, 75%", ""}
	got := strings.Split(out.String(), "\r\x1b[K")[1:]
	if strings.Contains(got[1], "\x1b") {
		t.Errorf("%q steers the terminal", got[1])
	}
	got[1], want[1] = got[1][len(got[1])-8:], "dor, 75%"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Nothing is told where nobody looks: in a file, a pipe, the device that swallows
// all, a buffer.
func TestNoProgress(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	file, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for name, p := range map[string]*progress{"null": newProgress(null), "file": newProgress(file), "buffer": newProgress(new(bytes.Buffer))} {
		if p != nil || p.watch() != nil {
			t.Errorf("%s: progress is told", name)
		}
		p.clear()
	}
}
