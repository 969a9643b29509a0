package firmware

import "io"

// A Watch is told what is being read, and how many of how many bytes the reading
// has gone through. It is called often, from one goroutine, and must be quick. A
// nil Watch is told nothing.
type Watch func(what string, done, total int64)

// A meter counts the bytes of a reading: every partition twice, for its digest and
// for its content.
type meter struct {
	watch       Watch
	done, total int64
}

func newMeter(watch Watch, ps []*Partition) *meter {
	m := &meter{watch: watch}
	for _, p := range ps {
		m.total += 2 * p.Size
	}
	return m
}

// add goes on by n bytes of what.
func (m *meter) add(what string, n int64) {
	m.done += n
	if m.watch != nil {
		m.watch(what, min(m.done, m.total), m.total)
	}
}

// reader counts what is read of r in order.
func (m *meter) reader(what string, r io.ReaderAt) io.ReaderAt { return metered{r, m, what} }

type metered struct {
	io.ReaderAt
	m    *meter
	what string
}

func (r metered) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(p, off)
	r.m.add(r.what, int64(n))
	return n, err
}

// Watched tells watch of what is read of r, once and in order.
func Watched(r io.ReaderAt, size int64, what string, watch Watch) io.ReaderAt {
	m := &meter{watch: watch, total: size}
	return m.reader(what, r)
}
