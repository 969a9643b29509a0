// Package sepolicy reads which domains a compiled SELinux policy leaves permissive:
// those in which the kernel reports what is forbidden and lets it happen.
//
// The format is the kernel's own (Linux, security/selinux/ss/policydb.c; libsepol,
// policydb.c): a header, a bitmap of permissive types, then tables of symbols:
// permissions, classes, roles, types and more. They are read up to the types, which
// give the bitmap's numbers their names. Rules are not read.
//
// Versions 23, the first with permissive types, to 34 are read.
package sepolicy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// Magic starts a policy.
const Magic = "\x8c\xff\x7c\xf9"

// Versions of the format in which something was added that is read here.
const (
	minVersion         = 23 // permissive types
	withBounds         = 24
	withDefaults       = 27
	withDefaultType    = 28
	withConstraintName = 29
	maxVersion         = 34
)

// Limits.
const (
	// MaxSize bounds a policy in bytes. Those of phones have some megabytes.
	MaxSize = 64 << 20
	// maxName bounds a name in bytes; the kernel allows more, no policy uses it.
	maxName = 1 << 12
	// maxTypes bounds the number of a type in the bitmap. Phones have some thousand.
	maxTypes = 1 << 20
)

// A Policy is what was read.
type Policy struct {
	Version    int
	Permissive []string // names of types, sorted
}

var errCut = errors.New("it ends too early")

// Parse reads a compiled policy.
func Parse(data []byte) (Policy, error) {
	p, err := parse(data)
	if err != nil {
		return Policy{}, fmt.Errorf("SELinux policy: %w", err)
	}
	return p, nil
}

func parse(data []byte) (Policy, error) {
	if len(data) > MaxSize {
		return Policy{}, fmt.Errorf("larger than %d MiB", MaxSize>>20)
	}
	r := &reader{b: data}
	if r.text(4) != Magic || r.text(r.length()) != "SE Linux" {
		return Policy{}, errors.New("not a compiled policy of Linux")
	}
	r.version = int(r.number())
	if r.err == nil && (r.version < minVersion || r.version > maxVersion) {
		return Policy{}, fmt.Errorf("version %d is not known: %d to %d are", r.version, minVersion, maxVersion)
	}
	r.skip(3)   // configuration, how many tables there are of each sort
	r.bitmap(0) // capabilities
	permissive := r.bitmap(maxTypes)
	r.table(r.common)
	r.table(r.class)
	r.table(r.role)
	names := map[uint32]string{}
	r.table(func() { r.typeName(names) })
	if r.err != nil {
		return Policy{}, r.err
	}
	out := Policy{Version: r.version}
	for _, value := range permissive {
		name := names[value]
		if name == "" {
			return Policy{}, fmt.Errorf("the permissive type %d has no name", value)
		}
		out.Permissive = append(out.Permissive, name)
	}
	slices.Sort(out.Permissive)
	return out, nil
}

// A reader goes through a policy. After an error it gives zeros.
type reader struct {
	b       []byte
	version int
	err     error
}

func (r *reader) take(n int) []byte {
	if r.err == nil && n > len(r.b) {
		r.err = errCut
	}
	if r.err != nil {
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) number() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) skip(numbers int) { r.take(4 * numbers) }

func (r *reader) text(n int) string { return string(r.take(n)) }

// length is a number that is the length of a name.
func (r *reader) length() int {
	n := r.number()
	if n > maxName && r.err == nil {
		r.err = fmt.Errorf("a name of %d bytes, more than %d", n, maxName)
	}
	if r.err != nil {
		return 0
	}
	return int(n)
}

// repeat calls f n times, and fewer after an error. Every call takes bytes, so the
// size of the policy bounds it.
func (r *reader) repeat(n uint32, f func()) {
	for range n {
		if r.err != nil {
			return
		}
		f()
	}
}

// table reads the entries of a table of symbols.
func (r *reader) table(entry func()) {
	r.skip(1) // highest number
	r.repeat(r.number(), entry)
}

// bitmap reads a bitmap and gives the numbers of its bits, none if limit is 0. It
// is written in units of 64 bits; only those that are not zero are there.
func (r *reader) bitmap(limit uint32) []uint32 {
	if unit := r.number(); r.err == nil && unit != 64 {
		r.err = fmt.Errorf("a bitmap of units of %d bits, want 64", unit)
	}
	r.skip(1) // highest bit
	var out []uint32
	r.repeat(r.number(), func() {
		start, b := r.number(), r.take(8)
		if b == nil || limit == 0 {
			return
		}
		if start > limit {
			r.err = fmt.Errorf("a bitmap reaches to %d, more than %d", start, limit)
			return
		}
		for word := binary.LittleEndian.Uint64(b); word != 0; word &= word - 1 {
			out = append(out, start+uint32(bits.TrailingZeros64(word)))
		}
	})
	return out
}

// permission is a name and a number.
func (r *reader) permission() {
	n := r.length()
	r.skip(1)
	r.take(n)
}

// common is a set of permissions that classes share.
func (r *reader) common() {
	n := r.length()
	r.skip(2)
	count := r.number()
	r.take(n)
	r.repeat(count, r.permission)
}

// class is a class of objects with its permissions and constraints.
func (r *reader) class() {
	n, common := r.length(), r.length()
	r.skip(2)
	permissions, constraints := r.number(), r.number()
	r.take(n)
	r.take(common)
	r.repeat(permissions, r.permission)
	r.repeat(constraints, r.constraint)
	r.repeat(r.number(), r.constraint) // on transitions
	if r.version >= withDefaults {
		r.skip(3)
	}
	if r.version >= withDefaultType {
		r.skip(1)
	}
}

// expressionNames is the sort of an expression that holds names (CEXPR_NAMES).
const expressionNames = 5

func (r *reader) constraint() {
	r.skip(1) // permissions
	r.repeat(r.number(), func() {
		sort := r.number()
		r.skip(2)
		if sort != expressionNames {
			return
		}
		r.bitmap(0)
		if r.version >= withConstraintName {
			r.bitmap(0)
			r.bitmap(0)
			r.skip(1)
		}
	})
}

func (r *reader) role() {
	n := r.length()
	r.skip(1)
	if r.version >= withBounds {
		r.skip(1)
	}
	r.take(n)
	r.bitmap(0) // dominates
	r.bitmap(0) // types
}

// primary marks a type's own name, and not another one for it.
const primary = 1

func (r *reader) typeName(names map[uint32]string) {
	n := r.length()
	value, properties := r.number(), r.number()
	if r.version >= withBounds {
		r.skip(1)
	}
	if name := r.text(n); properties&primary != 0 || names[value] == "" {
		names[value] = name
	}
}
