package firmware

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strconv"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/blob"
)

// KindImage and KindDump are the kinds of the inputs that Read reads.
const (
	KindImage = "firmware-image"
	KindDump  = "firmware-folder"
)

// A Catalog finds the software in the file system of a partition, as
// software.Catalog does.
type Catalog func(ctx context.Context, fsys fs.FS, name string) (sbom.Reading, error)

// Read reads an image into components: its partitions with what verified boot
// says of them and what catalog finds in them, and the parts that its device
// trees describe. digest is the sha256 in hex of the image, for evidence; of a
// folder it is "", and Read makes one of its partitions. Every partition is read
// once for its digest, and once more for each vbmeta that describes it.
func Read(ctx context.Context, im *Image, digest string, catalog Catalog) (sbom.Reading, error) {
	r := &reader{im: im, source: sbom.Source{Name: im.Name, Digest: digest}, catalog: catalog, meter: newMeter(im.Watch, im.Partitions)}
	facts, err := im.verifiedBoot(ctx)
	if err != nil {
		return sbom.Reading{}, err
	}
	var parts []sbom.Component
	all := sha256.New()
	for _, p := range im.Partitions {
		c, err := r.partition(ctx, p, facts[p], all)
		if err != nil {
			return sbom.Reading{}, fmt.Errorf("%s: %s: %w", im.Name, p.Place, err)
		}
		parts = append(parts, c)
	}
	signerFacts(parts)
	kind := KindImage
	if im.Kind == Folder {
		kind, r.source.Digest = KindDump, hex.EncodeToString(all.Sum(nil))
	}
	whole := parts
	if len(im.Partitions) != 1 || im.Partitions[0].Place != "" {
		whole = []sbom.Component{r.whole(parts)}
	}
	device, trees := r.trees()
	reading := sbom.Reading{
		Input:      sbom.Input{Name: im.Name, Kind: kind, Digest: r.source.Digest},
		Device:     device,
		Components: append(whole, trees...),
		Notes:      append(im.Notes[:len(im.Notes):len(im.Notes)], r.notes...),
		Unseen:     r.unseen,
	}
	setSource(reading.Components, r.source)
	return reading, nil
}

type reader struct {
	im      *Image
	source  sbom.Source
	catalog Catalog
	meter   *meter
	notes   []sbom.Note
	unseen  []sbom.Category
}

// whole is the component that stands for the archive, super image or folder.
func (r *reader) whole(parts []sbom.Component) sbom.Component {
	c := sbom.Component{
		Kind: sbom.Firmware, Name: r.im.Name, Components: parts,
		Properties: []sbom.Property{{Name: PropertyFormat, Value: string(r.im.Kind)}},
		Found:      []sbom.Evidence{{Method: sbom.MethodImage, Says: fmt.Sprintf("%s with %d partitions", r.im.Kind, len(parts))}},
	}
	if r.source.Digest != "" && r.im.Kind != Folder {
		c.Hashes = []sbom.Hash{{Algorithm: "SHA-256", Value: r.source.Digest}}
	}
	return c
}

func (r *reader) partition(ctx context.Context, p *Partition, facts []fact, all hash.Hash) (sbom.Component, error) {
	says := p.says
	if says == "" {
		says = string(p.Kind)
	}
	c := sbom.Component{Kind: sbom.Firmware, Name: p.Name}
	add := func(name, value string) {
		if value != "" {
			c.Properties = append(c.Properties, sbom.Property{Name: name, Value: value})
		}
	}
	add(PropertyPartition, p.Name)
	add(PropertyFormat, string(p.Kind))
	if p.Data != nil {
		sum, err := digestOf(ctx, r.meter.reader(p.Name, p.Data), p.Size)
		if err != nil {
			return c, err
		}
		says += fmt.Sprintf(" of %d bytes", p.Size)
		c.Hashes = []sbom.Hash{{Algorithm: "SHA-256", Value: hex.EncodeToString(sum)}}
		add(PropertySize, strconv.FormatInt(p.Size, 10))
		if p.stated != nil {
			match := bytes.Equal(sum, p.stated)
			facts = append(facts, fact{PropertyPayloadMatch, strconv.FormatBool(match), "SHA-256 in the update's manifest, recomputed", p.Place})
			if !match {
				r.im.note(p.Place, "the partition is not what the update's manifest says: its SHA-256 is another", "")
			}
		}
		fmt.Fprintf(all, "%q partition %x\n", p.Place, sum)
	}
	if b := p.Boot; b != nil {
		add(PropertyHeader, strconv.Itoa(b.Version))
		add(PropertyCommandLine, b.CommandLine)
		add(PropertyOSVersion, b.OSVersion)
		add(PropertyPatch, b.PatchLevel)
	}
	c.Found = []sbom.Evidence{{Place: p.Place, Method: sbom.MethodImage, Says: says}}
	if p.signed != nil {
		c.Properties = slices.DeleteFunc(c.Properties, func(f sbom.Property) bool { return f.Name == PropertyFormat })
		b := blob.Component(p.Place, p.signed)
		c.Version, c.Description = b.Version, b.Description
		c.Properties, c.Found = append(c.Properties, b.Properties...), append(c.Found, b.Found...)
	}
	for _, f := range facts {
		add(f.name, f.value)
		c.Found = append(c.Found, sbom.Evidence{Place: f.place, Method: sbom.MethodImage, Says: f.name + "=" + f.value, Note: f.says})
	}
	if err := r.contents(ctx, p, &c, all); err != nil {
		return c, err
	}
	r.meter.add(p.Name, p.Size)
	return c, r.trust(ctx, p, &c, all)
}

// contents catalogues the file system of a partition. Evidence of what is found
// has the partition before its path.
func (r *reader) contents(ctx context.Context, p *Partition, c *sbom.Component, all hash.Hash) error {
	if p.FS == nil || r.catalog == nil {
		return nil
	}
	found, err := r.catalog(ctx, p.FS, p.Name)
	if err != nil {
		return err
	}
	placeIn(found.Components, p.Place)
	c.Components = found.Components
	c.Properties = append(c.Properties, found.Properties...)
	for _, e := range found.Found {
		e.Place = join(p.Place, e.Place)
		c.Found = append(c.Found, e)
	}
	if p.Data == nil {
		fmt.Fprintf(all, "%q folder %s\n", p.Place, found.Input.Digest)
	}
	for _, n := range found.Notes {
		if n.Place == "" && len(found.Components) == 0 {
			continue // that nothing was found: a partition need not hold packages
		}
		n.File, n.Place = r.im.Name, join(p.Place, n.Place)
		r.notes = append(r.notes, n)
	}
	return nil
}

// placeIn puts the partition before the places of evidence.
func placeIn(cs []sbom.Component, place string) {
	eachEvidence(cs, func(e *sbom.Evidence) { e.Place = join(place, e.Place) })
}

func setSource(cs []sbom.Component, s sbom.Source) {
	eachEvidence(cs, func(e *sbom.Evidence) { e.Source = s })
}

func eachEvidence(cs []sbom.Component, f func(*sbom.Evidence)) {
	for i := range cs {
		for j := range cs[i].Found {
			f(&cs[i].Found[j])
		}
		for j := range cs[i].Facts {
			for k := range cs[i].Facts[j].Unread {
				f(&cs[i].Facts[j].Unread[k])
			}
			for k := range cs[i].Facts[j].Values {
				for l := range cs[i].Facts[j].Values[k].Evidence {
					f(&cs[i].Facts[j].Values[k].Evidence[l])
				}
			}
		}
		eachEvidence(cs[i].Components, f)
	}
}

// Digest is the sha256 of size bytes of r, read once in order. It ends early when
// ctx does.
func Digest(ctx context.Context, r io.ReaderAt, size int64) (string, error) {
	sum, err := digestOf(ctx, r, size)
	return hex.EncodeToString(sum), err
}

func digestOf(ctx context.Context, r io.ReaderAt, size int64) ([]byte, error) {
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for s := io.NewSectionReader(r, 0, size); ; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := s.Read(buf)
		h.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			return h.Sum(nil), nil
		}
		if err != nil {
			return nil, err
		}
	}
}
