// Package elfharden reads from a program or shared object how its build hardened
// it against errors of memory.
//
// # What is read
//
// Program headers, the dynamic section and the dynamic symbols (System V gABI,
// chapter 5; the GNU hash section), never section headers: a loader does not look
// at those, and they may be stripped or say anything.
//
//	RELRO    PT_GNU_RELRO is there; full if all is bound at the start
//	NX       PT_GNU_STACK asks for a stack that is not executable
//	canary   the program names __stack_chk_fail or __stack_chk_guard
//	PIE      a program that can be loaded anywhere; a shared object always can
//	fortify  it calls checked variants, such as __memcpy_chk, of functions of libc
//	runpath  where, beside the system's folders, it looks for libraries
//
// # What is not said
//
// Whether every function of it has a canary or is fortified: one call shows that
// the build asked for it. A program that is linked statically names no function;
// of it canary and fortify are Unknown.
package elfharden

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Limits, each far above what real files have.
const (
	maxHeaders = 1 << 10  // program headers; real files have below 20
	maxDynamic = 1 << 20  // bytes of the dynamic section; real ones have some KiB
	maxStrings = 64 << 20 // bytes of the dynamic string table; the largest browsers have 10 MiB
	maxSymbols = 1 << 20  // dynamic symbols; the largest have some 100,000
	maxPaths   = 16       // run paths
)

// ErrNotHere is returned for what is neither a program nor a shared object: no
// ELF file, an object file, a core dump.
var ErrNotHere = errors.New("neither a program nor a shared object")

// An Answer is yes, no, or not told.
type Answer string

// The answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown" // the file does not tell
	None    Answer = "none"    // the question does not arise
)

// RELRO says which of the tables of addresses are read-only once it runs.
type RELRO string

// The kinds of RELRO.
const (
	NoRELRO      RELRO = "none"
	PartialRELRO RELRO = "partial"
	FullRELRO    RELRO = "full"
)

// A Report is how a file is hardened.
type Report struct {
	Program bool // else a shared object
	RELRO   RELRO
	NX      Answer
	Canary  Answer
	PIE     Answer // None for a shared object
	Fortify Answer // None if it calls nothing that could be fortified
	RunPath []string
}

// String is the report in one line, such as "relro=full nx=yes canary=yes pie=yes
// fortify=no runpath=/opt/lib".
func (r *Report) String() string {
	path := "none"
	if len(r.RunPath) > 0 {
		path = strings.Join(r.RunPath, ":")
	}
	return fmt.Sprintf("relro=%s nx=%s canary=%s pie=%s fortify=%s runpath=%s", r.RELRO, r.NX, r.Canary, r.PIE, r.Fortify, path)
}

// Read reads an ELF file. It returns ErrNotHere for what is no program and no
// shared object; other errors are of damaged files.
func Read(r io.ReaderAt) (*Report, error) {
	f, err := open(r)
	if err != nil {
		return nil, err
	}
	rep := &Report{RELRO: NoRELRO, NX: Unknown, Canary: Unknown, PIE: None, Fortify: Unknown}
	interp := false
	for _, p := range f.progs {
		switch p.kind {
		case elf.PT_INTERP:
			interp = true
		case elf.PT_GNU_RELRO:
			rep.RELRO = PartialRELRO
		case elf.PT_GNU_STACK:
			if rep.NX = Yes; p.flags&elf.PF_X != 0 {
				rep.NX = No
			}
		}
	}
	d, err := f.dynamic()
	if err != nil {
		return nil, fmt.Errorf("dynamic section: %w", err)
	}
	flags1 := elf.DynFlag1(d.first(elf.DT_FLAGS_1))
	rep.Program = f.kind == elf.ET_EXEC || interp || flags1&elf.DF_1_PIE != 0
	if f.kind == elf.ET_EXEC {
		rep.PIE = No
	} else if rep.Program {
		rep.PIE = Yes
	}
	if rep.RELRO == PartialRELRO && (flags1&elf.DF_1_NOW != 0 || elf.DynFlag(d.first(elf.DT_FLAGS))&elf.DF_BIND_NOW != 0 || len(d[elf.DT_BIND_NOW]) > 0) {
		rep.RELRO = FullRELRO
	}
	if len(d) == 0 {
		return rep, nil
	}
	if err := rep.symbols(f, d); err != nil {
		return nil, err
	}
	return rep, nil
}

// symbols answers what the names in the dynamic section tell.
func (r *Report) symbols(f *file, d dynamic) error {
	table, err := f.at(d.first(elf.DT_STRTAB), d.first(elf.DT_STRSZ), maxStrings)
	if err != nil {
		return fmt.Errorf("dynamic strings: %w", err)
	}
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		for _, at := range d[tag] {
			if s := text(table, at); s != "" && len(r.RunPath) < maxPaths {
				r.RunPath = append(r.RunPath, s)
			}
		}
	}
	r.Canary = No
	checked, could := false, false
	err = f.eachSymbol(d, func(name uint64, defined bool) {
		s := text(table, name)
		switch {
		case s == "__stack_chk_fail" || s == "__stack_chk_guard" || s == "__stack_chk_fail_local":
			r.Canary = Yes
		case defined:
		case strings.HasPrefix(s, "__") && strings.HasSuffix(s, "_chk"):
			checked = true
		default:
			could = could || slices.Contains(fortifiable, s)
		}
	})
	switch {
	case checked:
		r.Fortify = Yes
	case could:
		r.Fortify = No
	default:
		r.Fortify = None
	}
	return err
}

// fortifiable are functions with a checked variant in both glibc and bionic, and
// those that programs call most of glibc's own (debug/ in glibc's source).
var fortifiable = []string{
	"fgets", "fprintf", "fread", "getcwd", "gets", "memcpy", "memmove", "memset", "mempcpy", "poll", "pread", "pread64",
	"printf", "read", "readlink", "recv", "recvfrom", "snprintf", "sprintf", "stpcpy", "strcat", "strcpy", "strncat", "strncpy",
	"vfprintf", "vprintf", "vsnprintf", "vsprintf", "write",
}

// text is the string at an offset of a table, "" outside of it.
func text(table []byte, at uint64) string {
	if at >= uint64(len(table)) {
		return ""
	}
	s, _, _ := strings.Cut(string(table[at:min(at+1024, uint64(len(table)))]), "\x00")
	return s
}

// eachSymbol calls see with each dynamic symbol: where its name is, and whether
// it is defined here.
func (f *file) eachSymbol(d dynamic, see func(name uint64, defined bool)) error {
	n, err := f.symbolCount(d)
	if err != nil || n == 0 {
		return err
	}
	size := f.symbolSize()
	b, err := f.at(d.first(elf.DT_SYMTAB), n*size, maxSymbols*24)
	if err != nil {
		return fmt.Errorf("dynamic symbols: %w", err)
	}
	shndx := map[bool]int{false: 14, true: 6}[f.wide]
	for ; len(b) > 0; b = b[size:] {
		see(uint64(f.order.Uint32(b)), f.order.Uint16(b[shndx:]) != 0)
	}
	return nil
}

// symbolCount is the number of dynamic symbols. No tag tells it: the tables for
// looking them up do, but that of GNU leaves out what is not defined here where
// nothing else is, so that the next table in memory is asked too.
func (f *file) symbolCount(d dynamic) (uint64, error) {
	if at := d.first(elf.DT_HASH); at != 0 {
		b, err := f.at(at, 8, 8)
		if err != nil {
			return 0, fmt.Errorf("hash of symbols: %w", err)
		}
		return limited(uint64(f.order.Uint32(b[4:])))
	}
	n := uint64(0)
	if at := d.first(elf.DT_GNU_HASH); at != 0 {
		var err error
		if n, err = f.gnuCount(at); err != nil {
			return 0, fmt.Errorf("GNU hash of symbols: %w", err)
		}
	}
	table, next := d.first(elf.DT_SYMTAB), uint64(math.MaxUint64)
	for _, tag := range tables {
		if at := d.first(tag); at > table {
			next = min(next, at)
		}
	}
	if next < math.MaxUint64 {
		n = max(n, (next-table)/f.symbolSize())
	}
	return limited(n)
}

// tables are the tags of what lies beside the symbols in memory, in whichever
// order the linker puts them.
var tables = []elf.DynTag{
	elf.DT_STRTAB, elf.DT_VERSYM, elf.DT_VERNEED, elf.DT_VERDEF, elf.DT_GNU_HASH, elf.DT_RELA, elf.DT_REL, elf.DT_JMPREL, elf.DT_INIT,
}

func limited(n uint64) (uint64, error) {
	if n > maxSymbols {
		return 0, fmt.Errorf("%d dynamic symbols are more than the limit of %d", n, maxSymbols)
	}
	return n, nil
}

func (f *file) symbolSize() uint64 {
	if f.wide {
		return 24
	}
	return 16
}

// gnuCount follows the last chain of a GNU hash section to its end. Symbols
// before the first that is hashed are those that are not defined here.
func (f *file) gnuCount(at uint64) (uint64, error) {
	head, err := f.at(at, 16, 16)
	if err != nil {
		return 0, err
	}
	buckets, first, bloom := uint64(f.order.Uint32(head)), uint64(f.order.Uint32(head[4:])), uint64(f.order.Uint32(head[8:]))
	word := uint64(4)
	if f.wide {
		word = 8
	}
	if buckets > maxSymbols || first > maxSymbols || bloom > maxSymbols {
		return 0, errors.New("more entries than any file has")
	}
	at += 16 + bloom*word
	table, err := f.at(at, buckets*4, maxSymbols*4)
	if err != nil {
		return 0, err
	}
	last := uint64(0)
	for ; len(table) > 0; table = table[4:] {
		last = max(last, uint64(f.order.Uint32(table)))
	}
	if last < first {
		return first, nil // nothing is defined
	}
	at += buckets * 4
	const piece = 1024
	for last <= maxSymbols {
		b, err := f.upTo(at+(last-first)*4, piece*4)
		if err != nil {
			return 0, err
		}
		for ; len(b) >= 4; b = b[4:] {
			if last++; f.order.Uint32(b)&1 != 0 {
				return last, nil
			}
		}
	}
	return 0, errors.New("a chain without end")
}
