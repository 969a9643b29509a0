package elfharden

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

// A build describes the smallest ELF64 file that a report can be made of.
type build struct {
	kind    elf.Type
	progs   []elf.ProgHeader // beside PT_LOAD and PT_DYNAMIC
	tags    map[elf.DynTag]uint64
	symbols []string // not defined
	defined []string
	runpath string
	static  bool
	gnu     bool // a GNU hash in place of the other one
}

// bytes lays the file out: header, program headers, dynamic section, symbols,
// hash, strings, all loaded at their offset.
func (b build) bytes() []byte {
	le := binary.LittleEndian
	strs := "\x00"
	str := func(s string) uint64 {
		at := len(strs)
		strs += s + "\x00"
		return uint64(at)
	}
	syms := make([]byte, 24)
	for i, name := range append(append([]string{}, b.symbols...), b.defined...) {
		s := make([]byte, 24)
		le.PutUint32(s, uint32(str(name)))
		if i >= len(b.symbols) {
			le.PutUint16(s[6:], 1)
		}
		syms = append(syms, s...)
	}
	var hash []byte
	tag := elf.DT_HASH
	if b.gnu {
		tag = elf.DT_GNU_HASH
		first, bucket := uint32(1+len(b.symbols)), uint32(0)
		if len(b.defined) == 0 {
			first = 1 // as linkers write it where nothing is defined
		} else {
			bucket = first
		}
		for _, v := range []uint32{1, first, 1, 0, 0, 0, bucket} {
			hash = le.AppendUint32(hash, v)
		}
		for i := range b.defined {
			end := uint32(0)
			if i == len(b.defined)-1 {
				end = 1
			}
			hash = le.AppendUint32(hash, end)
		}
	} else {
		hash = le.AppendUint32(le.AppendUint32(nil, 1), uint32(len(syms)/24))
	}
	dyn := [][2]uint64{}
	for t, v := range b.tags {
		dyn = append(dyn, [2]uint64{uint64(t), v})
	}
	if b.runpath != "" {
		dyn = append(dyn, [2]uint64{uint64(elf.DT_RUNPATH), str(b.runpath)})
	}
	progs := append([]elf.ProgHeader{{Type: elf.PT_LOAD}}, b.progs...)
	if !b.static {
		progs = append(progs, elf.ProgHeader{Type: elf.PT_DYNAMIC})
	}
	at := uint64(64 + 56*len(progs))
	size := uint64(16 * (len(dyn) + 5))
	dyn = append(dyn, [][2]uint64{
		{uint64(elf.DT_SYMTAB), at + size},
		{uint64(tag), at + size + uint64(len(syms))},
		{uint64(elf.DT_STRTAB), at + size + uint64(len(syms)+len(hash))},
		{uint64(elf.DT_STRSZ), uint64(len(strs))},
		{0, 0},
	}...)
	out := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 57)...)
	le.PutUint16(out[16:], uint16(b.kind))
	le.PutUint64(out[32:], 64)
	le.PutUint16(out[54:], 56)
	le.PutUint16(out[56:], uint16(len(progs)))
	total := at + size + uint64(len(syms)+len(hash)+len(strs))
	for _, p := range progs {
		switch p.Type {
		case elf.PT_LOAD:
			p.Filesz = total
		case elf.PT_DYNAMIC:
			p.Off, p.Filesz = at, size
		}
		h := make([]byte, 56)
		le.PutUint32(h, uint32(p.Type))
		le.PutUint32(h[4:], uint32(p.Flags))
		le.PutUint64(h[8:], p.Off)
		le.PutUint64(h[16:], p.Off)
		le.PutUint64(h[32:], p.Filesz)
		out = append(out, h...)
	}
	for _, d := range dyn {
		out = le.AppendUint64(le.AppendUint64(out, d[0]), d[1])
	}
	return append(append(append(out, syms...), hash...), strs...)
}

var (
	stackRW  = elf.ProgHeader{Type: elf.PT_GNU_STACK, Flags: elf.PF_R | elf.PF_W}
	stackRWX = elf.ProgHeader{Type: elf.PT_GNU_STACK, Flags: elf.PF_R | elf.PF_W | elf.PF_X}
	relro    = elf.ProgHeader{Type: elf.PT_GNU_RELRO}
	interp   = elf.ProgHeader{Type: elf.PT_INTERP}
)

func TestRead(t *testing.T) {
	now := map[elf.DynTag]uint64{elf.DT_FLAGS: uint64(elf.DF_BIND_NOW)}
	for name, tt := range map[string]struct {
		build build
		want  string
	}{
		"hardened program": {
			build{kind: elf.ET_DYN, progs: []elf.ProgHeader{interp, stackRW, relro}, tags: now, symbols: []string{"__stack_chk_fail", "__memcpy_chk", "exit"}},
			"relro=full nx=yes canary=yes pie=yes fortify=yes runpath=none",
		},
		"the same by a GNU hash without an exported symbol": {
			build{kind: elf.ET_DYN, progs: []elf.ProgHeader{interp, stackRW, relro}, tags: now, symbols: []string{"__stack_chk_fail", "__memcpy_chk", "exit"}, gnu: true},
			"relro=full nx=yes canary=yes pie=yes fortify=yes runpath=none",
		},
		"program without any": {
			build{kind: elf.ET_EXEC, progs: []elf.ProgHeader{interp, stackRWX}, symbols: []string{"memcpy"}, runpath: "/opt/lib"},
			"relro=none nx=no canary=no pie=no fortify=no runpath=/opt/lib",
		},
		"library": {
			build{kind: elf.ET_DYN, progs: []elf.ProgHeader{stackRW, relro}, symbols: []string{"exit"}, defined: []string{"memcpy", "__x_chk"}, gnu: true},
			"relro=partial nx=yes canary=no pie=none fortify=none runpath=none",
		},
		"a library that defines the canary": {
			build{kind: elf.ET_DYN, defined: []string{"a", "__stack_chk_guard"}, gnu: true},
			"relro=none nx=unknown canary=yes pie=none fortify=none runpath=none",
		},
		"static program that can be loaded anywhere": {
			build{kind: elf.ET_DYN, progs: []elf.ProgHeader{relro}, tags: map[elf.DynTag]uint64{elf.DT_FLAGS_1: uint64(elf.DF_1_PIE | elf.DF_1_NOW)}},
			"relro=full nx=unknown canary=no pie=yes fortify=none runpath=none",
		},
		"static program": {
			build{kind: elf.ET_EXEC, progs: []elf.ProgHeader{stackRW}, static: true},
			"relro=none nx=yes canary=unknown pie=no fortify=unknown runpath=none",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read(bytes.NewReader(tt.build.bytes()))
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	good := build{kind: elf.ET_DYN, symbols: []string{"memcpy"}}
	set := func(b build, tag elf.DynTag, v uint64) []byte {
		b.tags = map[elf.DynTag]uint64{tag: v}
		return b.bytes()
	}
	many := good.bytes()
	binary.LittleEndian.PutUint16(many[56:], 0xffff)
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"cut":                 {good.bytes()[:70], "program headers"},
		"many headers":        {many, "program headers"},
		"strings outside":     {set(good, elf.DT_STRSZ, maxStrings), "not in the file"},
		"strings over limit":  {set(good, elf.DT_STRSZ, maxStrings+1), "limit"},
		"symbols outside":     {set(good, elf.DT_SYMTAB, 1<<40), "dynamic symbols"},
		"hash outside":        {set(good, elf.DT_HASH, 1<<40), "hash of symbols"},
		"GNU hash everywhere": {set(build{kind: elf.ET_DYN, gnu: true}, elf.DT_GNU_HASH, 1), "GNU hash"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read(bytes.NewReader(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) || got != nil {
				t.Errorf("got %v, %v, want %q", got, err, tt.want)
			}
		})
	}
	object := good
	object.kind = elf.ET_REL
	for name, data := range map[string][]byte{"empty": nil, "text": []byte(strings.Repeat("hello ", 20)), "object": object.bytes()} {
		if _, err := Read(bytes.NewReader(data)); !errors.Is(err, ErrNotHere) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Hostile bytes end in an error or in a report of words that are known; what
// debug/elf takes for no program is none here either.
func FuzzRead(f *testing.F) {
	f.Add(build{kind: elf.ET_DYN, progs: []elf.ProgHeader{interp, stackRW, relro}, symbols: []string{"__memcpy_chk"}, gnu: true}.bytes())
	f.Add(build{kind: elf.ET_EXEC, symbols: []string{"memcpy"}, runpath: "/x"}.bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Read(bytes.NewReader(data))
		if err != nil {
			if got != nil {
				t.Fatal("a report with an error")
			}
			return
		}
		if (got.PIE == None) == got.Program {
			t.Fatalf("got %+v", got)
		}
		if len(got.RunPath) > maxPaths || got.RELRO == "" || got.NX == "" || got.Canary == "" || got.Fortify == "" {
			t.Fatalf("got %+v", got)
		}
	})
}
