package software

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
)

// moduleSuffixes are those that the kernel's build gives to modules.
var moduleSuffixes = []string{".ko", ".ko.gz", ".ko.xz", ".ko.zst"}

// A driver is a module and the kernel release it belongs to.
type driver struct {
	release   string
	component sbom.Component
	says      string // what shows the release
	read      bool   // its bytes could be read
	licence   string // the first that it tells, which is the one that counts
	inTree    bool
	signature signature
}

func isModuleName(p string) bool { return moduleName(p) != "" }

// moduleName is the module's name by its file's name, "" if it is not one. The
// kernel writes a dash in it as an underscore.
func moduleName(p string) string {
	base := path.Base(p)
	for _, suffix := range moduleSuffixes {
		if stem, ok := strings.CutSuffix(base, suffix); ok {
			return strings.ReplaceAll(stem, "-", "_")
		}
	}
	return ""
}

// module reads the module in the file. One that cannot be read is there all the
// same, by its file's name alone.
func (r *root) module(e entry) driver {
	info, signed, sum, err := r.readModule(e.path)
	dir := directoryRelease(e.path)
	d := driver{release: dir, says: "in the folder of kernel release " + dir}
	c := sbom.Component{Kind: sbom.Driver, Name: moduleName(e.path)}
	if sum != "" {
		c.Hashes = fileHash(sum)
	}
	says := "the file's name"
	switch {
	case err != nil:
		c.Unidentified = true
		if r.unreadable[e.path] == "" && !r.pointer(e.path) {
			r.noModule = append(r.noModule, e.path+" ("+err.Error()+")")
		}
	default:
		d.read, d.signature, d.inTree = true, signed, info.intree
		if len(info.licenses) > 0 {
			d.licence = info.licenses[0]
		}
		if info.name != "" {
			c.Name = info.name
		}
		c.Version = info.version
		if c.Version == "" {
			c.Version = info.release()
		}
		c.Description = info.description
		c.Licenses = distinct(info.licenses)
		c.Authors = contacts(info.authors...)
		c.Properties = properties(info)
		says = info.says()
		if dir == "" {
			d.release = info.release()
		} else if rel := info.release(); rel != "" && rel != dir {
			r.misplaced = append(r.misplaced, e.path+" (built for "+rel+")")
		}
		if info.vermagic != "" {
			d.says = "vermagic=" + info.vermagic
		}
	}
	if c.Version != "" {
		c.PURL = genericPURL(c.Name, c.Version)
	}
	c.Found = []sbom.Evidence{{Place: e.path, Method: sbom.MethodImage, Says: clip(says, maxSays)}}
	d.component = c
	return d
}

// readModule reads what the module says of itself, its signature and the sha256
// of its file.
func (r *root) readModule(p string) (modinfo, signature, string, error) {
	f, err := r.open(p)
	if err != nil {
		return modinfo{}, signature{}, "", err
	}
	defer f.Close()
	if r.pointer(p) {
		sum, err := r.hash(p, f)
		return modinfo{}, signature{}, sum, errors.Join(errLFS, err) // the hash is the pointer's, not the module's
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		r.cannotRead(p, err)
		return modinfo{}, signature{}, "", err
	}
	elf, plain := io.ReaderAt(f), strings.HasSuffix(p, ".ko")
	var signed signature
	if plain {
		signed = readSignature(f, size)
		// The file's digest and the one that was signed come of one reading.
		sum, err := signed.hashFile(f, size)
		if err != nil {
			r.cannotRead(p, err)
			return modinfo{}, signature{}, "", err
		}
		r.sums[p] = sum
	} else {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return modinfo{}, signature{}, "", err
		}
		if _, err := r.hash(p, f); err != nil {
			return modinfo{}, signature{}, "", err
		}
		data, err := expand(f)
		if err != nil {
			return modinfo{}, signature{}, r.sums[p], err
		}
		elf, signed = data, readSignature(data, data.Size())
		if _, err := signed.hashFile(data, data.Size()); err != nil {
			return modinfo{}, signature{}, r.sums[p], err
		}
	}
	info, err := readModinfo(elf)
	return info, signed, r.sums[p], err
}

// expand decompresses the file into memory: the section table lies at its end.
func expand(f io.ReaderAt) (*bytes.Reader, error) {
	head := make([]byte, 8)
	if n, err := f.ReadAt(head, 0); n < len(head) {
		return nil, err
	}
	z, err := decompress(head, io.NewSectionReader(f, 0, 1<<62))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	return bytes.NewReader(data), nil
}

// says is what evidence quotes of the section.
func (m modinfo) says() string {
	s := "modinfo:"
	if m.version != "" {
		s += fmt.Sprintf(" version=%s", m.version)
	}
	if m.vermagic != "" {
		s += fmt.Sprintf(" vermagic=%s", m.vermagic)
	}
	if len(m.licenses) > 0 {
		s += fmt.Sprintf(" license=%s", strings.Join(m.licenses, " license="))
	}
	return s
}

// properties are what a policy on modules, and whoever joins drivers to the
// parts of a device tree, ask for: sorted by name, then value.
func properties(m modinfo) []sbom.Property {
	var out []sbom.Property
	for _, c := range distinct(m.compatible) {
		out = append(out, sbom.Property{Name: PropertyCompatible, Value: c})
	}
	out = append(out, sbom.Property{Name: PropertyInTree, Value: strconv.FormatBool(m.intree)})
	if m.vermagic != "" {
		out = append(out, sbom.Property{Name: PropertyVermagic, Value: m.vermagic})
	}
	return out
}

// distinct gives the texts that are not empty, sorted, each once.
func distinct(texts []string) []string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
