package f2fs

import (
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	natPerBlock = 455 // entries of 9 bytes
	natEntry    = 9

	flagUmount    = 0x1
	flagCompact   = 0x4
	flagLargeNAT  = 0x400
	bitmapAt      = 192
	summaryAt     = 512 * 7 // journal of a summary block that is not compact
	journalEntry  = 13
	journalMost   = (507 - 2) / journalEntry
	summaryUmount = 7 // summaries at the end of the pack, and the last block
	summaryPlain  = 4
)

// checkpoint reads the newer of the two packs that are whole.
func (im *Image) checkpoint(at, payload int64) error {
	var best []byte
	var bestAt int64
	var first error
	for _, start := range []int64{at, at + im.segment} {
		b, err := im.pack(start)
		if err != nil {
			first = errors.Join(first, err)
			continue
		}
		if best == nil || binary.LittleEndian.Uint64(b) > binary.LittleEndian.Uint64(best) {
			best, bestAt = b, start
		}
	}
	if best == nil {
		return fmt.Errorf("no checkpoint is whole: %w", first)
	}
	if err := im.readBitmap(best, payload); err != nil {
		return err
	}
	return im.readJournal(best, bestAt)
}

// pack reads the first block of a pack, which is whole if its last block has the
// same version.
func (im *Image) pack(start int64) ([]byte, error) {
	b, err := im.readBlock(start)
	if err != nil {
		return nil, err
	}
	count := int64(binary.LittleEndian.Uint32(b[136:]))
	if count < 2 || count > im.segment {
		return nil, fmt.Errorf("a checkpoint of %d blocks", count)
	}
	last, err := im.readBlock(start + count - 1)
	if err != nil {
		return nil, err
	}
	if string(b[:8]) != string(last[:8]) {
		return nil, errors.New("a checkpoint that was not finished")
	}
	return b, nil
}

// readBitmap finds the bits that say which copy of each block of the node
// address table counts.
func (im *Image) readBitmap(b []byte, payload int64) error {
	le := binary.LittleEndian
	sit, nat := int64(le.Uint32(b[156:])), int64(le.Uint32(b[160:]))
	at := int64(bitmapAt)
	switch {
	case le.Uint32(b[132:])&flagLargeNAT != 0:
		at += 4
	case payload == 0:
		at += sit
	}
	if at < 0 || nat < 0 || at > block || nat > block-at {
		return errors.New("the checkpoint's bitmaps do not fit")
	}
	im.bitmap = b[at : at+nat]
	return nil
}

// readJournal reads the newest entries of the node address table, which stand in
// the summary of the hot data segment.
func (im *Image) readJournal(b []byte, start int64) error {
	le := binary.LittleEndian
	flags := le.Uint32(b[132:])
	at, off := start+int64(le.Uint32(b[140:])), 0
	if flags&flagCompact == 0 {
		behind := int64(summaryPlain)
		if flags&flagUmount != 0 {
			behind = summaryUmount
		}
		at, off = start+int64(le.Uint32(b[136:]))-behind, summaryAt
	}
	s, err := im.readBlock(at)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	s = s[off:]
	count := int(le.Uint16(s))
	if count > journalMost {
		return fmt.Errorf("a journal of %d entries", count)
	}
	for i := range count {
		e := s[2+i*journalEntry:]
		im.journal[le.Uint32(e)] = le.Uint32(e[9:])
	}
	return nil
}

// node reads the block of a node number.
func (im *Image) node(id uint32) ([]byte, error) {
	at, err := im.address(id)
	if err != nil {
		return nil, err
	}
	b, err := im.readBlock(int64(at))
	if err == nil && binary.LittleEndian.Uint32(b[footerAt:]) != id {
		err = fmt.Errorf("block %d does not hold node %d", at, id)
	}
	return b, err
}

func (im *Image) address(id uint32) (uint32, error) {
	if at, ok := im.journal[id]; ok {
		return at, nil
	}
	if int64(id) >= im.nodes {
		return 0, fmt.Errorf("there is no node %d", id)
	}
	n := int64(id) / natPerBlock
	at := im.nat + n/im.segment*im.segment*2 + n%im.segment
	if n/8 < int64(len(im.bitmap)) && im.bitmap[n/8]&(0x80>>(n%8)) != 0 {
		at += im.segment
	}
	b, err := im.readBlock(at)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(b[int64(id)%natPerBlock*natEntry+5:]), nil
}
