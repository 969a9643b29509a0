package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/originbom/originbom/sbom/firmware"
	"github.com/originbom/originbom/sbom/visible"
)

const (
	// patience is how long a reading may take before it is worth a word.
	patience = time.Second
	// refresh is how long a word stands before the next.
	refresh = 200 * time.Millisecond
)

// A progress tells on a terminal what is being read. A nil one tells nothing.
type progress struct {
	terminal    io.Writer
	now         func() time.Time
	start, last time.Time
	shown       bool
}

// newProgress is nil unless w is a terminal that can take back a line.
func newProgress(w io.Writer) *progress {
	w = visible.Raw(w)
	if !isTerminal(w) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return &progress{terminal: w, now: time.Now, start: time.Now()}
}

// isTerminal reports whether w is a terminal: a device of characters other than
// the one that swallows all.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	if err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(st, null)
}

// watch is what a reading calls; nil if nothing is told.
func (p *progress) watch() firmware.Watch {
	if p == nil {
		return nil
	}
	return func(what string, done, total int64) {
		now := p.now()
		if now.Sub(p.start) < patience || now.Sub(p.last) < refresh || total <= 0 {
			return
		}
		p.last, p.shown = now, true
		// \r goes to the beginning of the line, ESC [K wipes it.
		fmt.Fprintf(p.terminal, "\r\x1b[Koriginbom: reading %s, %d%%", visible.Text(what), int(float64(done)/float64(total)*100))
	}
}

// clear takes back what is on the terminal.
func (p *progress) clear() {
	if p != nil && p.shown {
		fmt.Fprint(p.terminal, "\r\x1b[K")
		p.shown = false
	}
}
