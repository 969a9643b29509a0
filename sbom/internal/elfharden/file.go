package elfharden

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A file is an ELF file by its program headers.
type file struct {
	r     io.ReaderAt
	order binary.ByteOrder
	wide  bool // 64 bits
	kind  elf.Type
	progs []prog
}

// A prog is a program header.
type prog struct {
	kind             elf.ProgType
	flags            elf.ProgFlag
	off, vaddr, size uint64 // size in the file
}

// A dynamic is the dynamic section: the values of each tag.
type dynamic map[elf.DynTag][]uint64

// first is the first value of a tag, 0 if it has none.
func (d dynamic) first(tag elf.DynTag) uint64 {
	if v := d[tag]; len(v) > 0 {
		return v[0]
	}
	return 0
}

// open reads the header and the program headers.
func open(r io.ReaderAt) (*file, error) {
	var b [64]byte
	n, err := r.ReadAt(b[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if n < 52 || string(b[:4]) != elf.ELFMAG {
		return nil, ErrNotHere
	}
	f := &file{r: r, order: binary.LittleEndian, wide: elf.Class(b[elf.EI_CLASS]) == elf.ELFCLASS64}
	if elf.Data(b[elf.EI_DATA]) == elf.ELFDATA2MSB {
		f.order = binary.BigEndian
	}
	if f.kind = elf.Type(f.order.Uint16(b[16:])); f.kind != elf.ET_EXEC && f.kind != elf.ET_DYN {
		return nil, ErrNotHere
	}
	at, size, count := uint64(f.order.Uint32(b[28:])), f.order.Uint16(b[42:]), f.order.Uint16(b[44:])
	want := uint16(32)
	if f.wide {
		if n < 64 {
			return nil, errors.New("the ELF header is cut off")
		}
		at, size, count, want = f.order.Uint64(b[32:]), f.order.Uint16(b[54:]), f.order.Uint16(b[56:]), 56
	}
	if count == 0 {
		return nil, ErrNotHere // nothing would be loaded
	}
	if size != want || count > maxHeaders {
		return nil, fmt.Errorf("%d program headers of %d bytes", count, size)
	}
	headers := make([]byte, int(size)*int(count))
	if err := f.read(headers, at); err != nil {
		return nil, fmt.Errorf("program headers: %w", err)
	}
	for ; len(headers) > 0; headers = headers[size:] {
		f.progs = append(f.progs, f.prog(headers))
	}
	return f, nil
}

func (f *file) prog(b []byte) prog {
	u := func(at int) uint64 { return uint64(f.order.Uint32(b[at:])) }
	if f.wide {
		return prog{elf.ProgType(u(0)), elf.ProgFlag(u(4)), f.order.Uint64(b[8:]), f.order.Uint64(b[16:]), f.order.Uint64(b[32:])}
	}
	return prog{elf.ProgType(u(0)), elf.ProgFlag(u(24)), u(4), u(8), u(16)}
}

// dynamic reads the dynamic section; empty if there is none.
func (f *file) dynamic() (dynamic, error) {
	d := dynamic{}
	for _, p := range f.progs {
		if p.kind != elf.PT_DYNAMIC {
			continue
		}
		if p.size > maxDynamic {
			return nil, fmt.Errorf("larger than %d bytes", maxDynamic)
		}
		b := make([]byte, p.size)
		if err := f.read(b, p.off); err != nil {
			return nil, err
		}
		size := 8
		if f.wide {
			size = 16
		}
		for ; len(b) >= size; b = b[size:] {
			tag, value := uint64(f.order.Uint32(b)), uint64(f.order.Uint32(b[4:]))
			if f.wide {
				tag, value = f.order.Uint64(b), f.order.Uint64(b[8:])
			}
			if tag == uint64(elf.DT_NULL) {
				break
			}
			d[elf.DynTag(tag)] = append(d[elf.DynTag(tag)], value)
		}
		break
	}
	return d, nil
}

// at reads n bytes, at most limit, that are loaded at an address.
func (f *file) at(addr, n, limit uint64) ([]byte, error) {
	if n > limit {
		return nil, fmt.Errorf("%d bytes are more than the limit of %d", n, limit)
	}
	if n == 0 {
		return nil, nil
	}
	off, left, ok := f.offset(addr)
	if !ok || n > left {
		return nil, fmt.Errorf("%d bytes at address %#x are not in the file", n, addr)
	}
	// A file may claim more than it has: its end is read before memory is taken.
	if err := f.read(make([]byte, 1), off+n-1); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	return b, f.read(b, off)
}

// upTo is at, for what may end before n bytes.
func (f *file) upTo(addr, n uint64) ([]byte, error) {
	_, left, ok := f.offset(addr)
	if !ok || left < 4 {
		return nil, fmt.Errorf("address %#x is not in the file", addr)
	}
	return f.at(addr, min(n, left), n)
}

// offset is where in the file an address is loaded from, and how many bytes of
// the file are loaded from there on.
func (f *file) offset(addr uint64) (off, left uint64, ok bool) {
	for _, p := range f.progs {
		if p.kind == elf.PT_LOAD && addr >= p.vaddr && addr-p.vaddr < p.size {
			in := addr - p.vaddr
			return p.off + in, p.size - in, p.off+in >= in
		}
	}
	return 0, 0, false
}

// read fills b from an offset.
func (f *file) read(b []byte, off uint64) error {
	if off > 1<<62 {
		return errors.New("lies outside the file")
	}
	if n, err := f.r.ReadAt(b, int64(off)); n < len(b) {
		if err == nil || errors.Is(err, io.EOF) {
			err = errors.New("lies outside the file")
		}
		return err
	}
	return nil
}
