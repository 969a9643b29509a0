// Package cpio reads the archives in ramdisks: "newc" cpio, of which several may
// follow each other, as the kernel takes them (Linux,
// Documentation/driver-api/early-userspace/buffer-format.rst).
//
// A later entry of a name replaces an earlier one, as on a phone. Parents that no
// entry makes are there all the same. Names of one file (hard links) share the
// content that stands with one of them, the last as a rule. Archives are read from memory; whoever
// expands a ramdisk bounds it.
package cpio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/originbom/originbom/sbom/internal/imagefs"
)

// Magic starts an archive.
const Magic = "070701"

// Limits.
const (
	headerSize = 110
	// maxEntries bounds the names of an archive, with the folders that they imply.
	// Ramdisks have some hundreds.
	maxEntries = 1 << 17
	// maxDepth bounds how deep a name lies.
	maxDepth = 128
)

// Archive is an archive's tree. It implements [imagefs.Tree]. Node 0 is the root.
type Archive struct {
	nodes []node
	links map[inode]uint64 // nodes of files with several names, in this archive
	// Replaced are names that were there twice.
	Replaced []string
}

var _ imagefs.Tree = (*Archive)(nil)

type node struct {
	imagefs.Node
	data     []byte
	children map[string]uint64
}

// Parse reads the archives in data. They share memory with it.
func Parse(data []byte) (*Archive, error) {
	a := &Archive{nodes: []node{newDir()}, links: map[inode]uint64{}}
	entries := 0
	for pos := 0; pos < len(data); {
		if rest := bytes.TrimLeft(data[pos:], "\x00"); len(rest) == 0 {
			break
		} else if data[pos] == 0 { // padding between archives
			pos = len(data) - len(rest)
			continue
		}
		if entries++; entries > maxEntries {
			return nil, fmt.Errorf("more than %d entries", maxEntries)
		}
		h, next, err := readEntry(data, pos)
		if err != nil {
			return nil, fmt.Errorf("cpio entry at offset %d: %w", pos, err)
		}
		if h.name == "TRAILER!!!" {
			clear(a.links) // the next archive numbers anew
		} else if err := a.add(h); err != nil {
			return nil, fmt.Errorf("cpio entry at offset %d: %w", pos, err)
		}
		pos = next
	}
	if entries == 0 {
		return nil, errors.New("not a cpio archive")
	}
	return a, nil
}

type entry struct {
	name  string
	mode  uint32
	mtime int64
	data  []byte
	links int // names that the file has
	inode inode
}

// An inode numbers a file on the system that the archive is from: device and
// number there.
type inode struct{ major, minor, number int }

// readEntry reads the entry at pos and gives where the next one is.
func readEntry(data []byte, pos int) (entry, int, error) {
	if len(data)-pos < headerSize || string(data[pos:pos+5]) != Magic[:5] || data[pos+5] != '1' && data[pos+5] != '2' {
		return entry{}, 0, errors.New("no header of a newc archive")
	}
	var f [13]int
	for i := range f {
		v, err := strconv.ParseUint(string(data[pos+6+8*i:pos+14+8*i]), 16, 32)
		if err != nil {
			return entry{}, 0, errors.New("a number that is none")
		}
		f[i] = int(v)
	}
	size, nameSize := f[6], f[11]
	body := align4(pos + headerSize + nameSize)
	if nameSize < 1 || nameSize > imagefs.MaxLink || body > len(data) || size > len(data)-body {
		return entry{}, 0, errors.New("it reaches behind the end of the archive")
	}
	name, ok := strings.CutSuffix(string(data[pos+headerSize:pos+headerSize+nameSize]), "\x00")
	if !ok || strings.Contains(name, "\x00") {
		return entry{}, 0, errors.New("a name without an end")
	}
	e := entry{name, uint32(f[1]), int64(f[5]), data[body : body+size], f[4], inode{f[7], f[8], f[0]}}
	return e, min(align4(body+size), len(data)), nil
}

func align4(n int) int { return (n + 3) &^ 3 }

func newDir() node {
	return node{Node: imagefs.Node{Mode: fs.ModeDir | 0o755}, children: map[string]uint64{}}
}

func (a *Archive) add(e entry) error {
	name := path.Clean("/" + e.name) // ".." stops at the root
	n := node{Node: imagefs.Node{Mode: imagefs.Mode(e.mode), Size: int64(len(e.data)), ModTime: time.Unix(e.mtime, 0).UTC()}, data: e.data}
	if n.Mode.IsDir() {
		n.children = map[string]uint64{}
	}
	if name == "/" {
		return nil
	}
	segs := strings.Split(name[1:], "/")
	if len(segs) > maxDepth {
		return fmt.Errorf("folders are nested more than %d deep", maxDepth)
	}
	dir := uint64(0)
	for _, seg := range segs[:len(segs)-1] {
		next, ok := a.nodes[dir].children[seg]
		if !ok {
			next = a.new(dir, seg, newDir())
		}
		if len(a.nodes) > maxEntries {
			return fmt.Errorf("more than %d names and folders", maxEntries)
		}
		if !a.nodes[next].Mode.IsDir() {
			return fmt.Errorf("%q lies below what is no folder", e.name)
		}
		dir = next
	}
	base := segs[len(segs)-1]
	old, ok := a.nodes[dir].children[base]
	if ok && a.nodes[old].Mode.IsDir() && n.Mode.IsDir() {
		a.nodes[old].Node = n.Node
		return nil
	}
	if ok {
		a.Replaced = append(a.Replaced, name[1:])
	}
	a.name(dir, base, n, e)
	return nil
}

// name puts a node under a name: a new one, or that of a file with several names.
func (a *Archive) name(dir uint64, base string, n node, e entry) {
	if !n.Mode.IsRegular() || e.links < 2 {
		a.new(dir, base, n)
		return
	}
	id, ok := a.links[e.inode]
	if !ok {
		a.links[e.inode] = a.new(dir, base, n)
		return
	}
	a.nodes[dir].children[base] = id
	if len(n.data) > 0 {
		a.nodes[id] = n
	}
}

func (a *Archive) new(dir uint64, name string, n node) uint64 {
	id := uint64(len(a.nodes))
	a.nodes = append(a.nodes, n)
	a.nodes[dir].children[name] = id
	return id
}

// Root is the number of the root directory.
func (a *Archive) Root() uint64 { return 0 }

// Stat describes a node.
func (a *Archive) Stat(id uint64) (imagefs.Node, error) { return a.nodes[id].Node, nil }

// ReadDir lists a directory.
func (a *Archive) ReadDir(id uint64) ([]imagefs.Entry, error) {
	var out []imagefs.Entry
	for name, child := range a.nodes[id].children {
		out = append(out, imagefs.Entry{Name: name, ID: child})
	}
	return out, nil
}

// Open gives the content of a file, or the target of a link.
func (a *Archive) Open(id uint64) (io.ReaderAt, error) { return bytes.NewReader(a.nodes[id].data), nil }
