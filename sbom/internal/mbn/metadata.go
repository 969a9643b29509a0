package mbn

import (
	"encoding/binary"
	"fmt"
)

// Sizes of the metadata whose layout is known, in bytes: one each of versions 6
// and 7, and of the part of version 7 that is for both parties.
const (
	metadata6 = 120
	metadata7 = 224
	common7   = 24
)

// socVersions is how many versions of a chip the metadata has room for.
const socVersions = 12

// A binding is what metadata says in its words, of which the flags tell the ones
// that a phone compares with its fuses (OP-TEE, pas_meta.c).
type binding struct {
	software, hardware, maker, model, rollback uint32
	soc                                        []uint32
	hardwareBound, makerBound, modelBound      bool
	socBound                                   bool
}

// metadataIDs reads what the metadata binds the image to. What the flags leave out
// is left out.
func (h *hashTable) metadataIDs(b []byte) []ID {
	var m binding
	switch {
	case h.version == 6 && len(b) == metadata6:
		m = binding6(b)
	case h.version == 7 && len(b) == metadata7 && len(h.common) >= common7:
		m = binding7(h.common, b)
	default:
		return nil
	}
	out := []ID{{"SW_ID", fmt.Sprintf("%08X", m.software)}}
	for _, id := range []struct {
		name  string
		value uint32
		bound bool
	}{{"HW_ID", m.hardware, m.hardwareBound}, {"OEM_ID", m.maker, m.makerBound}, {"MODEL_ID", m.model, m.modelBound}, {"ROLLBACK", m.rollback, true}} {
		if id.bound {
			out = append(out, ID{id.name, fmt.Sprintf("%08X", id.value)})
		}
	}
	for _, v := range m.soc {
		if m.socBound && v != 0 {
			out = append(out, ID{"SOC_VERS", fmt.Sprintf("%04X", v)})
		}
	}
	return out
}

func word(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

func words(b []byte, at, n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = word(b, at+4*i)
	}
	return out
}

// binding6 reads the metadata of version 6. Its flags are single bits, some of
// which say that something is bound and some that it is not; one for the model
// came with the second edition of the layout.
func binding6(b []byte) binding {
	flags := word(b, 28)
	set := func(bit int) bool { return flags>>bit&1 == 1 }
	m := binding{
		software: word(b, 8), hardware: word(b, 12), maker: word(b, 16), model: word(b, 20), rollback: word(b, 116),
		soc: words(b, 32, socVersions), socBound: set(1), makerBound: !set(3), hardwareBound: set(10), modelBound: !set(11),
	}
	if word(b, 0) == 0 {
		m.modelBound = m.makerBound
	}
	return m
}

// binding7 reads the metadata of version 7. Its flags are pairs of bits: 2 says
// bound, 1 not bound; others are not defined.
func binding7(common, b []byte) binding {
	flags := word(b, 220)
	bound := func(shift int) bool { return flags>>shift&3 == 2 }
	return binding{
		software: word(common, 8), hardware: word(b, 68), maker: word(b, 136), model: word(b, 140), rollback: word(b, 8),
		soc: words(b, 16, socVersions), socBound: bound(0), hardwareBound: bound(4), makerBound: bound(8), modelBound: bound(10),
	}
}
