package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/originbom/originbom/sbom/strictyaml"
)

// This file reads packs, and the packs that they include.

const (
	// maxIncludeDepth bounds how deep packs include each other: a country's
	// rules, an industry's, a company's, a department's and an order's are five.
	maxIncludeDepth = 8
	// maxIncludes bounds the packs behind one: twice what the program brings.
	maxIncludes = 32
)

// Where a pack comes from.
const (
	OriginEmbedded = "embedded" // it came with the program
	OriginFile     = "file"     // somebody's file
)

// A PackFile is the file of a pack and what lies around it.
type PackFile struct {
	Name   string // for messages and records, without folders
	Path   string // tells it from other files
	Origin string // OriginEmbedded or OriginFile
	Data   []byte
	Bundle []byte // the signature beside it, nil if there is none
	// Read gives a file that a list names, relative to the pack; nil if the pack
	// may not name files.
	Read func(name string) ([]byte, error)
	// Open gives the pack that an include names, from where this one lies; nil if
	// the pack may not include others.
	Open func(ref string) (*PackFile, error)
}

// An Include names a pack whose rules are judged too: the id of an embedded
// pack, or a path relative to the including file.
type Include struct {
	Pack   string `yaml:"pack"`
	SHA256 string `yaml:"sha256"` // the digest that it must have, "" for any
	Line   int    `yaml:"-"`
}

// UnmarshalYAML reads a name, or a name with its digest.
func (in *Include) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		in.Pack = n.Value
		return nil
	}
	type plain Include
	return strictyaml.Node(n, (*plain)(in))
}

// Load reads a pack and all packs that it includes. Errors name the file, the
// line and the remedy.
func Load(f *PackFile) (*Pack, error) { return new(packLoader).load(f) }

// A packLoader knows the packs that are being read.
type packLoader struct {
	open  []*PackFile // each includes the next
	count int
}

func (l *packLoader) load(f *PackFile) (*Pack, error) {
	if len(f.Data) > maxPackBytes {
		return nil, fmt.Errorf("%s: larger than %d MiB: put entity lists into CSV files (lists: {name: {file: ...}})", f.Name, maxPackBytes>>20)
	}
	p := &Pack{File: f}
	if err := strictyaml.Decode(f.Name, f.Data, p); err != nil {
		return nil, err
	}
	h := sha256.New()
	h.Write(f.Data)
	p.FileDigest = hex.EncodeToString(h.Sum(nil))
	for _, name := range sortedKeys(p.Lists) {
		if err := p.readList(name, f.Read, h); err != nil {
			return nil, fmt.Errorf("%s: line %d: list %s: %w", f.Name, lineOf(f.Data, "lists", name), name, err)
		}
	}
	l.open = append(l.open, f)
	for _, in := range p.Include {
		q, err := l.include(p, in)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(h, "\ninclude %s %s\n", q.ID, q.Digest)
	}
	l.open = l.open[:len(l.open)-1]
	p.Digest = hex.EncodeToString(h.Sum(nil))
	errs := packErrors{lines: func(section, name string) int { return lineOf(f.Data, section, name) }}
	p.override(&errs)
	p.check(&errs)
	if len(errs.list) > 0 {
		return nil, errs.in(f.Name)
	}
	return p, nil
}

var digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// include reads one included pack and adds it, and what it includes, to p.
func (l *packLoader) include(p *Pack, in Include) (*Pack, error) {
	f := l.open[len(l.open)-1]
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%s: line %d: include %s: %w", f.Name, in.Line, in.Pack, fmt.Errorf(format, args...))
	}
	switch {
	case f.Open == nil:
		return nil, bad("this pack cannot include others: write its rules out")
	case in.SHA256 != "" && !digestForm.MatchString(in.SHA256):
		return nil, bad("sha256: %q is no digest: write 64 lower-case hex digits (originbom policy list FILE shows it)", in.SHA256)
	case len(l.open) > maxIncludeDepth:
		return nil, bad("packs include each other more than %d deep", maxIncludeDepth)
	case l.count == maxIncludes:
		return nil, bad("more than %d packs are included", maxIncludes)
	}
	l.count++
	child, err := f.Open(in.Pack)
	if err != nil {
		return nil, bad("%w", err)
	}
	if i := slices.IndexFunc(l.open, func(o *PackFile) bool { return o.Path == child.Path }); i >= 0 {
		var names []string
		for _, o := range append(l.open[i:len(l.open):len(l.open)], child) {
			names = append(names, o.Name)
		}
		return nil, bad("packs include each other in a circle: %s", strings.Join(names, ", "))
	}
	q, err := l.load(child)
	if err != nil {
		return nil, bad("%w", err)
	}
	if err := q.pin(in.SHA256); err != nil {
		return nil, bad("%w", err)
	}
	q.IncludedBy = p.ID
	p.Included, err = join(p.Included, q)
	if err != nil {
		return nil, bad("%w", err)
	}
	return q, nil
}

// pin notes the digest that the pack must have; "" asks for none.
func (p *Pack) pin(digest string) error {
	if digest != "" && digest != p.Digest {
		return fmt.Errorf("it has the digest sha256:%s and not sha256:%s, by which it is pinned: it is another pack, or another version of it", p.Digest, digest)
	}
	p.Pin = digest
	return nil
}

// LoadPinned is [Load] for a pack that must have a digest, sha256 in hex; "" is
// any.
func LoadPinned(f *PackFile, digest string) (*Pack, error) {
	p, err := Load(f)
	if err != nil {
		return nil, err
	}
	if err := p.pin(digest); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return p, nil
}

// Flatten gives all packs that are judged: those given and those that they
// include, each once.
func Flatten(packs []*Pack) (out []*Pack, err error) {
	for _, p := range packs {
		if out, err = join(out, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// join adds a pack to a list, after what it includes. The same pack with the same
// overrides is judged once; with others it is an error, because one of them would
// be lost.
func join(list []*Pack, p *Pack) ([]*Pack, error) {
	for _, q := range append(slices.Clip(p.Included), p) {
		i := slices.IndexFunc(list, func(o *Pack) bool { return o.ID == q.ID })
		switch {
		case i < 0:
			list = append(list, q)
		case list[i].Digest != q.Digest:
			return nil, fmt.Errorf("two different packs have the id %q: give one of them, or another id", q.ID)
		case !slices.EqualFunc(list[i].Rules, q.Rules, func(a, b Rule) bool { return slices.EqualFunc(a.Changes, b.Changes, RuleChange.equal) }):
			return nil, fmt.Errorf("the pack %q stands here twice, with overrides and without, or with others: include it once, and override it there", q.ID)
		}
	}
	return list, nil
}

// whole gives the packs that a pack stands for: those it includes, and itself.
func (p *Pack) whole() []*Pack { return append(slices.Clip(p.Included), p) }
