package firmware

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/mozilla"
)

// This file and its neighbours read what a partition's files tell of how far it
// can be trusted: how it was built, which keys and roots it brings, what runs as
// root. Each is an observation with the file that shows it. None says that
// something is wrong: a policy does. What a partition does not tell is absent.

// Names of the trust facts, after sbom.FirmwareFact. Those that may stand more
// than once say so.
const (
	FactBuildType        = "build-type" // user, userdebug, eng; one each that its properties say
	FactBuildTags        = "build-tags" // release-keys, test-keys ...; one each
	FactDebuggable       = "debuggable" // ro.debuggable as it stands
	FactSecure           = "secure"     // ro.secure as it stands
	FactADBSecure        = "adb-secure" // ro.adb.secure as it stands
	FactSecurityPatch    = "security-patch"
	FactFingerprint      = "fingerprint"     // one each
	FactAndroidVersion   = "android-version" // ro.build.version.release
	FactSELinux          = "selinux-permissive"
	FactRoots            = "root-certificates"         // count
	FactExtraRoot        = "extra-root-certificate"    // one each, SHA-256
	FactWifiRoots        = "root-certificates-wifi"    // count, of Passpoint
	FactSUPLRoots        = "root-certificates-supl"    // count, of assisted location
	FactSu               = "su-binary"                 // one each, the path on the phone
	FactInitService      = "init-service"              // one each: name, user, label
	FactInitSocket       = "init-socket"               // one each that all may write to: service, socket, mode
	FactPrivileged       = "privileged-permission"     // one each: package, permission
	FactHAL              = "hal"                       // one each: name and version
	FactHost             = "location-host"             // one each
	FactTimeHost         = "time-host"                 // one each
	FactUpdateHost       = "update-host"               // one each
	FactConnectivityHost = "connectivity-host"         // one each, that is asked whether there is network
	FactFiles            = "files"                     // count of those that were looked at
	FactUnreadable       = "unreadable-files"          // count
	FactPointers         = "lfs-pointers"              // count
	FactPublicKey        = "public-signing-key"        // one each: digest and name of a key whose private half is published
	FactPlatformSigner   = "platform-signer"           // SHA-256 of the certificate of the package android
	FactPlatformSignedBy = "signed-by-platform-signer" // count of other packages
)

// Limits.
const (
	// maxTextFile bounds what is read whole: property files are below 100 KiB,
	// SELinux policies below 8 MiB.
	maxTextFile = 32 << 20
	// maxFiles is ten times the files of the largest partition known.
	maxFiles = 2_000_000
	// maxCited is how many files evidence names of one counted fact.
	maxCited = 5
)

// Trust is what the files of a partition tell. Found has the evidence of every
// property, its place the path in the partition.
type Trust struct {
	Properties []sbom.Property
	Found      []sbom.Evidence
	Notes      []sbom.Note
	// Digest is the sha256 in hex over path and content of the files that were
	// read, in the order of their paths.
	Digest string
}

// trust adds to a partition what its files tell, and says of its apps on which
// partition they are. Apps that are also found on a partition of their own, as in
// a dump where system holds product, are left to that.
func (r *reader) trust(ctx context.Context, p *Partition, c *sbom.Component, all hash.Hash) error {
	t, err := r.im.TrustFacts(ctx, p)
	if err != nil {
		return err
	}
	for _, f := range t.Properties {
		if !slices.Contains(c.Properties, f) {
			c.Properties = append(c.Properties, f)
		}
	}
	for _, e := range t.Found {
		e.Place = join(p.Place, e.Place)
		c.Found = append(c.Found, e)
	}
	for _, n := range t.Notes {
		n.Place = join(p.Place, n.Place)
		r.notes = append(r.notes, n)
	}
	if p.Data == nil {
		fmt.Fprintf(all, "%q facts %s\n", p.Place, t.Digest)
	}
	c.Components = slices.DeleteFunc(c.Components, func(app sbom.Component) bool {
		on := propertyOf(&app, sbom.AndroidPartition)
		return p.Kind == Folder && on != "" && on != p.Name && r.im.Partition(on) != nil
	})
	eachApp([]sbom.Component{*c}, func(_, app *sbom.Component) { // those in modules too
		if propertyOf(app, sbom.AndroidPartition) == "" {
			app.Properties = append(app.Properties, sbom.Property{Name: sbom.AndroidPartition, Value: p.Name})
		}
	})
	return nil
}

// TrustFacts reads the trust facts of a partition's files. A partition without
// files has none. Files that cannot be read are counted in the facts and named
// in a note.
func (im *Image) TrustFacts(ctx context.Context, p *Partition) (Trust, error) {
	t := &trustReader{image: im, p: p, roots: mozilla.Roots(), digest: sha256.New()}
	for _, o := range im.Partitions {
		if o != p {
			t.others = append(t.others, o.Name)
		}
	}
	if p.Boot != nil {
		t.commandLine(p.Boot.CommandLine, "")
	}
	if p.FS != nil {
		t.linux = isLinux(p.FS)
		if err := t.walk(ctx); err != nil {
			return Trust{}, err
		}
	}
	t.counts()
	t.out.Digest = hex.EncodeToString(t.digest.Sum(nil))
	slices.SortStableFunc(t.out.Properties, func(a, b sbom.Property) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Value, b.Value)
	})
	t.out.Properties = slices.Compact(t.out.Properties)
	return t.out, nil
}

type trustReader struct {
	image  *Image
	p      *Partition
	others []string // names of the image's other partitions
	linux  bool     // the root of a Linux distribution, where su is as usual as ls: its setuid programs are told
	roots  map[string]bool
	digest hash.Hash
	out    Trust

	files      int
	tally      map[string]*tally
	unreadable []string
	pointers   []string
}

// A tally counts files of one kind and keeps the first of them.
type tally struct {
	count int
	cited []string
}

// fact adds a fact with its evidence.
func (t *trustReader) fact(name, value, place, says string) {
	if value == "" {
		return
	}
	value = clean(value)
	t.out.Properties = append(t.out.Properties, sbom.Property{Name: sbom.FirmwareFact + name, Value: value})
	t.out.Found = append(t.out.Found, sbom.Evidence{Place: place, Method: sbom.MethodImage, Says: clean(says), Note: name + " " + value})
}

// count adds a file to a counted fact.
func (t *trustReader) count(name, place string) {
	if t.tally == nil {
		t.tally = map[string]*tally{}
	}
	c := t.tally[name]
	if c == nil {
		c = new(tally)
		t.tally[name] = c
	}
	c.count++
	if len(c.cited) < maxCited {
		c.cited = append(c.cited, place)
	}
}

func (t *trustReader) counts() {
	for _, p := range t.unreadable {
		t.count(FactUnreadable, p)
	}
	for _, p := range t.pointers {
		t.count(FactPointers, p)
	}
	names := make([]string, 0, len(t.tally))
	for name := range t.tally {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		c := t.tally[name]
		says := fmt.Sprintf("%d files, such as %s", c.count, strings.Join(c.cited, ", "))
		t.fact(name, strconv.Itoa(c.count), c.cited[0], says)
	}
}

func (t *trustReader) note(place, text, remedy string) {
	t.out.Notes = append(t.out.Notes, sbom.Note{File: t.image.Name, Place: place, Text: text, Remedy: remedy})
}

// walk looks at every file once, in the order of paths.
func (t *trustReader) walk(ctx context.Context) error {
	seen := 0
	err := fs.WalkDir(t.p.FS, ".", func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if seen++; seen > maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		if err != nil {
			t.unreadable = append(t.unreadable, p)
			return nil
		}
		if d.IsDir() {
			return nil
		}
		t.files++
		partition, rest := sbom.SplitAndroidPath(t.p.Name + "/" + p)
		if partition != "" && partition != t.p.Name && slices.Contains(t.others, partition) {
			return nil // it is read as a partition of its own
		}
		t.file(p, "/"+path.Join(partition, rest), rest, d)
		return nil
	})
	if err != nil || t.files == 0 {
		return err
	}
	// No evidence of its own: it says what was looked at, not what was seen.
	t.out.Properties = append(t.out.Properties, sbom.Property{Name: sbom.FirmwareFact + FactFiles, Value: strconv.Itoa(t.files)})
	return nil
}

// file looks at one file: place is its path in the partition's file system, on
// where the phone has it, rest its path on Android's partition.
func (t *trustReader) file(place, on, rest string, d fs.DirEntry) {
	base, dir := path.Base(rest), path.Dir(rest)
	link := d.Type()&fs.ModeSymlink != 0
	if base == "su" && !t.linux && slices.Contains([]string{"bin", "xbin", "sbin"}, path.Base(dir)) && (link || d.Type().IsRegular()) {
		t.su(place, on, link)
	}
	if !d.Type().IsRegular() {
		return
	}
	if t.pointer(place, d) {
		return
	}
	var read func(place string, data []byte)
	switch {
	case slices.Contains(propertyFiles, rest):
		read = t.properties
	case isInit(rest):
		read = t.initFile
	case path.Base(path.Dir(rest)) == "permissions" && strings.HasPrefix(base, "privapp-permissions") && path.Ext(base) == ".xml":
		read = t.permissions
	case isVINTF(rest):
		read = t.vintf
	case dir == "etc/selinux" && path.Ext(base) == ".cil":
		read = t.cil
	case isPolicy(rest):
		read = t.policy
	case rootFacts[path.Base(dir)] != "":
		read = func(place string, data []byte) { t.certificate(rootFacts[path.Base(dir)], place, data) }
	case slices.Contains(hostFiles, base):
		read = t.hosts
	}
	if read == nil {
		return
	}
	if data, ok := t.read(place); ok {
		read(place, data)
	}
}

// read reads a small file whole. What cannot be read is counted.
func (t *trustReader) read(place string) ([]byte, bool) {
	f, err := t.p.FS.Open(place)
	if err != nil {
		t.unreadable = append(t.unreadable, place)
		return nil, false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTextFile+1))
	switch {
	case err != nil:
		t.unreadable = append(t.unreadable, place)
	case len(data) > maxTextFile:
		t.unreadable = append(t.unreadable, place)
		t.note(place, fmt.Sprintf("larger than %d MiB: what it says is missing", maxTextFile>>20), "")
	default:
		fmt.Fprintf(t.digest, "%q file %x\n", place, sha256.Sum256(data))
		return data, true
	}
	return nil, false
}

// pointer reports whether a Git LFS pointer stands in place of the file. Those
// have 100 to 512 bytes.
func (t *trustReader) pointer(place string, d fs.DirEntry) bool {
	info, err := d.Info()
	if err != nil || info.Size() < 100 || info.Size() > 512 {
		return false
	}
	f, err := t.p.FS.Open(place)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 42)
	if _, err := io.ReadFull(f, head); err != nil || !bytes.HasPrefix(head, []byte("version https://git-lfs.github.com/spec/v1")) {
		return false
	}
	t.pointers = append(t.pointers, place)
	return true
}

// isLinux reports whether a file system is the root of a Linux distribution and
// not a partition of Android.
func isLinux(fsys fs.FS) bool {
	for _, p := range []string{"usr/lib/os-release", "etc/os-release"} {
		if st, err := fs.Stat(fsys, p); err == nil && st.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// su tells of a program of that name in a folder of programs.
func (t *trustReader) su(place, on string, link bool) {
	says := "a program named su"
	if link {
		says = "a link named su"
		if to, err := fs.ReadLink(t.p.FS, place); err == nil {
			says += " to " + to
		}
	}
	fmt.Fprintf(t.digest, "%q %s\n", place, says)
	t.fact(FactSu, on, place, says)
}

// clean is s without control characters, cut to what a person reads.
func clean(s string) string {
	const limit = 300
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "..."
	}
	return s
}
