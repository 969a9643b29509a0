package assess

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/provenance"
	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/firmware"
	"github.com/originbom/originbom/sbom/input"
	"github.com/originbom/originbom/sbom/strictyaml"
)

// A Handset is a handset file: one handset and everything known about it. Paths
// in it are relative to it.
type Handset struct {
	Device   HandsetDevice   `yaml:"device"`
	Author   Contact         `yaml:"author"` // who writes the BOM; the maker if not given
	Inputs   []HandsetInput  `yaml:"inputs"`
	Claims   []string        `yaml:"claims"` // claim bundles, or folders of them
	Registry string          `yaml:"registry"`
	Trust    string          `yaml:"trust"`
	Policy   policy.OneOrAll `yaml:"policy"`       // packs; NAME@sha256:HEX pins one
	Signed   bool            `yaml:"signed-packs"` // judge by pack files only if somebody trusted signed them
	Waivers  string          `yaml:"waivers"`
	AsOf     string          `yaml:"as-of"`
	Dates    *HandsetDates   `yaml:"dates"`
	Sign     *HandsetSign    `yaml:"sign"`

	file   string // base name
	dir    string // of the file in its fs.FS
	digest string
}

// HandsetDevice names the device.
type HandsetDevice struct {
	Maker       string            `yaml:"maker"`
	Model       string            `yaml:"model"`
	Name        string            `yaml:"name"`
	Revision    string            `yaml:"revision"`
	Category    string            `yaml:"category"`
	Identifiers map[string]string `yaml:"identifiers"`
	Line        int               `yaml:"-"`
}

// Contact is a person or desk.
type Contact struct {
	Name  string `yaml:"name"`
	Email string `yaml:"email"`
}

// HandsetInput is a path, or a path with what the file itself cannot tell.
type HandsetInput struct {
	Path    string            `yaml:"path"`
	Columns map[string]string `yaml:"columns"`
	By      string            `yaml:"by"` // the party that wrote it
}

// UnmarshalYAML reads either form.
func (in *HandsetInput) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		in.Path = n.Value
		return nil
	}
	type plain HandsetInput
	return strictyaml.Node(n, (*plain)(in))
}

// HandsetDates are dates that rules may be read at.
type HandsetDates struct {
	Award    string `yaml:"award"`
	Delivery string `yaml:"delivery"`
}

// HandsetSign says how the BOM is signed: by a key or by an identity.
type HandsetSign struct {
	Key     string          `yaml:"key"`
	Keyless *HandsetKeyless `yaml:"keyless"`
}

// HandsetKeyless says which services certify the identity, and where its token
// is. The token itself never stands in a handset file.
type HandsetKeyless struct {
	SigningConfig string `yaml:"signing-config"`     // signing_config.json: which services are asked
	TrustedRoot   string `yaml:"trusted-root"`       // trusted_root.json: by which their answers are checked
	TokenEnv      string `yaml:"identity-token-env"` // environment variable with the token
}

// handsetKey is a key without which a text is no handset file, whatever else is
// wrong with it.
var handsetKey = regexp.MustCompile(`(^|[\s{,])["']?(device|inputs)["']?\s*:`)

// ReadHandset reads a handset file.
func ReadHandset(fsys fs.FS, name string) (*Handset, error) {
	data, err := readFile(fsys, name, maxConfigFile)
	if err != nil {
		return nil, err
	}
	h := &Handset{file: path.Base(name), dir: path.Dir(name)}
	if !handsetKey.Match(data) {
		return nil, fmt.Errorf("%s: this is no handset file\nhint: write one that names the phone and its inputs: device: {model: EM-15} and, in the next line, inputs: [parts.csv]", h.file)
	}
	if err := strictyaml.Decode(h.file, data, h); err != nil {
		return nil, err
	}
	if h.digest, err = h.saidDigest(); err != nil {
		return nil, err
	}
	if h.Device.Model == "" {
		return nil, fmt.Errorf("%s: device names no model: write device: {model: EM-15}", h.file)
	}
	if len(h.Inputs) == 0 {
		return nil, fmt.Errorf("%s: there are no inputs: write inputs: [board.dtb, parts.csv]", h.file)
	}
	return h, nil
}

// saidDigest is the sha256 over what the handset file itself says of the phone
// (device and author, as JSON): the part of it that evidence cites. So another
// policy, or another order of inputs, does not change the BOM.
func (h *Handset) saidDigest() (string, error) {
	device := h.Device
	device.Line = 0
	b, err := json.Marshal(struct {
		Device HandsetDevice `json:"device"`
		Author Contact       `json:"author"`
	}{device, h.Author})
	return hexDigest(b), err
}

// IsHandset reports whether data looks like a handset file.
func IsHandset(data []byte) bool {
	if len(data) > strictyaml.MaxBytes || !bytes.Contains(data, []byte("device")) || !bytes.Contains(data, []byte("inputs")) {
		return false
	}
	var doc yaml.Node // and no map, whose keys the library compares in pairs
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return false
	}
	device, inputs := false, false
	for i, n := range doc.Content[0].Content {
		device = device || i%2 == 0 && n.Value == "device"
		inputs = inputs || i%2 == 0 && n.Value == "inputs"
	}
	return device && inputs
}

// path places a name of the handset file in its fs.FS.
func (h *Handset) path(name string) string {
	if path.IsAbs(name) {
		return strings.TrimPrefix(path.Clean(name), "/")
	}
	return path.Join(h.dir, name)
}

// JudgingDate is the date that the handset file fixes, else now.
func (h *Handset) JudgingDate(now time.Time) (time.Time, error) {
	if h.AsOf == "" {
		return now, nil
	}
	t, err := time.Parse(time.DateOnly, h.AsOf)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: as-of: %q is no date: write 2026-11-22", h.file, h.AsOf)
	}
	return t, nil
}

// OpenRegistry is the embedded registry with the folder override laid over it,
// or the folder that the handset file names.
func (h *Handset) OpenRegistry(fsys fs.FS, override string) (*registry.Registry, error) {
	dir := h.Registry
	if dir != "" {
		dir = h.path(dir)
	}
	return OpenRegistry(fsys, cmp.Or(override, dir))
}

// OpenRegistry gives the embedded registry, with the folder dir of fsys laid
// over it unless dir is "".
func OpenRegistry(fsys fs.FS, dir string) (*registry.Registry, error) {
	reg, err := registry.Embedded()
	if err != nil || dir == "" {
		return reg, err
	}
	sub, err := fs.Sub(fsys, dir)
	if err != nil {
		return nil, err
	}
	with, err := reg.With(sub)
	if err != nil {
		return nil, fmt.Errorf("registry %s: %w", path.Base(dir), plain(err))
	}
	return with, nil
}

// A Generation is what Generate needs beside inputs.
type Generation struct {
	Registry *registry.Registry
	AsOf     time.Time // day on which makers and owners are looked up
	Built    time.Time
	Tool     string
	Strict   bool
	// ELFHardening asks how programs and shared objects are hardened.
	ELFHardening bool
	// Trust is under which claims are read; nil for the handset file's own, and
	// nobody's without one. Keys must be valid at Built.
	Trust *verify.Trust
	Watch firmware.Watch // of the reading of images; may be nil
}

// Generate reads the inputs that the handset file names into a document.
func (h *Handset) Generate(ctx context.Context, fsys fs.FS, g Generation) (*sbom.Document, error) {
	if g.Trust == nil && h.Trust != "" {
		var err error
		if g.Trust, err = ReadTrust(fsys, h.path(h.Trust)); err != nil {
			return nil, err
		}
	}
	src := h.Sources()
	for _, c := range h.Claims {
		more, err := claimFiles(fsys, path.Clean(c), h.path(c))
		if err != nil {
			return nil, err
		}
		src = append(src, more...)
	}
	author := sbom.Contact{Name: cmp.Or(h.Author.Name, h.Device.Maker), Email: h.Author.Email}
	return Generate(ctx, fsys, src, g, []sbom.Reading{h.reading(author.Name)}, author)
}

// Sources are the inputs that the handset file names, without its claims.
func (h *Handset) Sources() []Source {
	var src []Source
	for _, in := range h.Inputs {
		src = append(src, Source{Name: path.Clean(in.Path), Path: h.path(in.Path), Options: input.Options{Columns: in.Columns, By: in.By}})
	}
	return src
}

// reading is what the handset file itself says.
func (h *Handset) reading(author string) sbom.Reading {
	d := h.Device
	r := sbom.Reading{
		Input:  sbom.Input{Name: h.file, Kind: "handset-file", Digest: h.digest},
		Device: sbom.Device{Model: d.Model, Name: d.Name, Revision: d.Revision, Category: d.Category},
	}
	for scheme, id := range d.Identifiers {
		r.Device.Identifiers = append(r.Device.Identifiers, sbom.Property{Name: scheme, Value: id})
	}
	if d.Maker != "" {
		ev := sbom.Evidence{Source: sbom.Source{Name: h.file, Digest: h.digest}, Place: "device.maker", Method: sbom.MethodDocument, Says: d.Maker, By: author}
		r.Device.Facts = []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: d.Maker, Evidence: []sbom.Evidence{ev}}}}}
	}
	return r
}

// claimFiles lists a bundle, or the bundles of a folder. Hidden files are left
// out: some systems lay one beside each file of a foreign disk.
func claimFiles(fsys fs.FS, name, at string) ([]Source, error) {
	st, err := fs.Stat(fsys, at)
	if err != nil {
		return nil, plain(err)
	}
	if !st.IsDir() {
		return []Source{{Name: name, Path: at}}, nil
	}
	entries, err := fs.ReadDir(fsys, at)
	if err != nil {
		return nil, plain(err)
	}
	var out []Source
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), ".sigstore.json") {
			out = append(out, Source{Name: path.Join(name, e.Name()), Path: path.Join(at, e.Name())})
		}
	}
	return out, nil
}

// A Source is an input in an fs.FS. Name is what evidence calls it.
type Source struct {
	Name, Path string
	Options    input.Options
}

// Generate reads inputs, resolves makers, joins what describes one part, and
// builds the document. said are readings that come from no file; author writes
// the document and may be zero.
func Generate(ctx context.Context, fsys fs.FS, src []Source, g Generation, said []sbom.Reading, author sbom.Contact) (*sbom.Document, error) {
	readings := slices.Clone(said)
	var claims []sbom.AttachedFile
	var answers []*claim.Answers
	src, err := joinOverlays(fsys, src)
	if err != nil {
		return nil, err
	}
	for _, s := range src {
		s.Options.ELFHardening = g.ELFHardening
		res, err := read(ctx, fsys, s, g.Watch)
		if err != nil {
			return nil, err
		}
		if res.answers != nil {
			answers = append(answers, res.answers)
			continue
		}
		readings = append(append(readings, res.Reading), res.More...)
		for _, in := range res.Inputs {
			readings = append(readings, sbom.Reading{Input: in})
		}
		claims = append(claims, res.Claims...)
	}
	for _, a := range answers {
		readings = append(readings, a.Reading(readings))
	}
	draft := provenance.Resolve(readings, g.Registry, g.AsOf)
	reader := ClaimReader{Trust: g.Trust, Registry: g.Registry, Now: g.Built, AsOf: g.AsOf, Written: claim.Written{Own: true}}
	for _, a := range answers {
		draft = *a.Lay(&draft, claim.Reader{Registry: g.Registry, AsOf: g.AsOf})
	}
	if g.Strict {
		if err := strict(draft); err != nil {
			return nil, err
		}
	}
	draft.Claims, draft.Time, draft.Tool = claims, g.Built, g.Tool
	joined, err := JoinClaims(&draft, reader)
	if err != nil {
		return nil, err
	}
	draft = *joined.Document
	if author.Name != "" {
		draft.Authors = []sbom.Contact{author}
	}
	return sbom.Build(draft)
}

// Read reads inputs, each by itself, and builds nothing. watch may be nil.
func Read(ctx context.Context, fsys fs.FS, src []Source, watch firmware.Watch) ([]input.Result, error) {
	var out []input.Result
	for _, s := range src {
		res, err := read(ctx, fsys, s, watch)
		if err != nil {
			return nil, err
		}
		if res.answers != nil {
			res.Reading = res.answers.Reading(nil)
		}
		out = append(out, res.Result)
	}
	return out, nil
}

// readImage reads a file that is a firmware image, without reading it whole.
func readImage(ctx context.Context, fsys fs.FS, s Source, watch firmware.Watch) (res input.Result, ok bool, err error) {
	f, err := fsys.Open(s.Path)
	if err != nil {
		return input.Result{}, false, plain(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return input.Result{}, false, plain(err)
	}
	r, at := f.(io.ReaderAt)
	if !at || !st.Mode().IsRegular() {
		return input.Result{}, false, nil
	}
	return input.Image(ctx, s.Name, r, st.Size(), &s.Options, watch)
}

// strict refuses a draft that holds a value nobody could read.
func strict(d sbom.Document) error {
	var errs []error
	for _, n := range d.Notes {
		if n.Value {
			errs = append(errs, errors.New(n.String()))
		}
	}
	return errors.Join(errs...)
}

// plain words the error of a file system without the operation.
func plain(err error) error {
	var pe *fs.PathError
	if !errors.As(err, &pe) {
		return err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such file or folder", path.Base(pe.Path))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s: may not be read by you", path.Base(pe.Path))
	}
	return fmt.Errorf("%s: %w", path.Base(pe.Path), pe.Err)
}
