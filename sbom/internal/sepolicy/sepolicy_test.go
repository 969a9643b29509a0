package sepolicy_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/originbom/originbom/sbom/sbomtest/corpus"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom/internal/sepolicy"
)

// A policy writes one by hand: a set of permissions, a class with a constraint, a
// role, three types of which one has a second name.
func policy(version int, permissive ...uint32) []byte {
	var b []byte
	n := func(vs ...uint32) {
		for _, v := range vs {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
	}
	bitmap := func(set ...uint32) {
		if len(set) == 0 {
			n(64, 0, 0)
			return
		}
		var word uint64
		for _, v := range set {
			word |= 1 << v
		}
		n(64, 64, 1, 0)
		b = binary.LittleEndian.AppendUint64(b, word)
	}
	text := func(s string) { b = append(b, s...) }
	n(0xf97cff8c, 8)
	text("SE Linux")
	n(uint32(version), 1, 8, 7)
	bitmap(3)
	bitmap(permissive...)
	n(1, 1, 4, 1, 1, 1) // commons
	text("file")
	n(4, 1)
	text("read")
	n(1, 1, 4, 4, 1, 1, 1, 1) // classes
	text("file" + "file")
	n(5, 2)
	text("write")
	n(1, 2, 1, 0, 0, 5, 2, 3) // constraint: a test, then names
	bitmap(1)
	if version >= 29 {
		bitmap(1)
		bitmap()
		n(0)
	}
	n(0)
	if version >= 28 {
		n(0, 0, 0, 0)
	} else if version == 27 {
		n(0, 0, 0)
	}
	n(1, 1, 8, 1) // roles
	if version >= 24 {
		n(0)
	}
	text("object_r")
	bitmap()
	bitmap(1, 2)
	n(3, 4) // types
	for _, t := range []struct {
		name       string
		value      uint32
		properties uint32
	}{{"kernel", 1, 1}, {"also_vold", 3, 0}, {"vold", 3, 1}, {"su", 2, 1}} {
		n(uint32(len(t.name)), t.value, t.properties)
		if version >= 24 {
			n(0)
		}
		text(t.name)
	}
	return b
}

func TestParse(t *testing.T) {
	for _, version := range []int{23, 24, 27, 28, 30, 33} {
		got, err := sepolicy.Parse(policy(version, 2, 3))
		want := sepolicy.Policy{Version: version, Permissive: []string{"su", "vold"}}
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("version %d: %v %s", version, err, d)
		}
	}
	if got, err := sepolicy.Parse(policy(30)); err != nil || got.Permissive != nil {
		t.Errorf("none permissive: %v, %v", got, err)
	}
}

func TestBad(t *testing.T) {
	good := policy(30, 2)
	for _, tt := range []struct {
		name, want string
		data       []byte
	}{
		{"empty", "not a compiled policy", nil},
		{"text", "not a compiled policy", []byte("(typepermissive su)")},
		{"old", "version 22 is not known", policy(22)},
		{"new", "version 35 is not known", policy(35)},
		{"cut", "ends too early", good[:len(good)-1]},
		{"no such type", "type 40 has no name", policy(30, 40)},
		{"units of 32 bits", "units of 32 bits", bytes.Replace(good, []byte{64, 0, 0, 0}, []byte{32, 0, 0, 0}, 1)},
		{"a long name", "more than 4096", bytes.Replace(good, []byte{8, 0, 0, 0, 1}, []byte{8, 0, 1, 0, 1}, 1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := sepolicy.Parse(tt.data); err == nil || !strings.Contains(err.Error(), tt.want) || got.Permissive != nil {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// source is a policy in CIL of the form that Android's has.
const source = `
(sid kernel) (sidorder (kernel))
(common file (ioctl read)) (class file (write)) (classcommon file file)
(class process (transition dyntransition)) (class security (compute_av))
(classorder (file process security))
(sensitivity s0) (sensitivityorder (s0)) (category c0) (categoryorder (c0)) (sensitivitycategory s0 (c0))
(mls true)
(user u) (role r) (roletype r kernel) (userrole u r) (userlevel u (s0)) (userrange u ((s0)(s0 (c0))))
(type kernel) (type vold) (type su) (type adbd)
(typeattribute domain) (typeattributeset domain (kernel vold su adbd))
(typealias daemon) (typealiasactual daemon vold)
(roletype r domain)
(sidcontext kernel (u r kernel ((s0)(s0))))
(constrain (process (transition)) (or (eq u1 u2) (eq t1 domain)))
(mlsconstrain (file (read)) (dom l1 l2))
(allow kernel vold (file (read write)))
(typepermissive su) (typepermissive vold)
`

// TestCompiler reads what secilc compiles, in every version that it writes, and
// wants what seinfo says where it is installed.
func TestCompiler(t *testing.T) {
	corpus.Tool(t, "secilc")
	dir := t.TempDir()
	cil := filepath.Join(dir, "policy.cil")
	if err := os.WriteFile(cil, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"23", "27", "30", "33"} {
		out := filepath.Join(dir, "policy."+version)
		if b, err := exec.Command("secilc", "-M", "true", "-c", version, "-o", out, "-f", os.DevNull, cil).CombinedOutput(); err != nil {
			t.Fatalf("secilc: %v\n%s", err, b)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		got, err := sepolicy.Parse(data)
		if err != nil {
			t.Fatalf("version %s: %v", version, err)
		}
		if d := cmp.Diff([]string{"su", "vold"}, got.Permissive); d != "" {
			t.Errorf("version %s: %s", version, d)
		}
		if testing.Short() || version != "30" {
			continue // seinfo takes seconds to start
		}
		if b, err := exec.Command("seinfo", "--permissive", out).Output(); err == nil {
			var judge []string
			for _, w := range strings.Fields(string(b)) {
				if slices.Contains([]string{"kernel", "vold", "su", "adbd", "daemon"}, w) {
					judge = append(judge, w)
				}
			}
			if d := cmp.Diff(judge, got.Permissive); d != "" {
				t.Errorf("seinfo: %s", d)
			}
		}
	}
}

// A policy that is read gives sorted names, each once in the bytes at least.
func FuzzParse(f *testing.F) {
	f.Add(policy(23, 2))
	f.Add(policy(30, 2, 3))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := sepolicy.Parse(data)
		if err != nil {
			if p.Version != 0 || p.Permissive != nil {
				t.Errorf("an error and %v", p)
			}
			return
		}
		for _, name := range p.Permissive {
			if !bytes.Contains(data, []byte(name)) {
				t.Errorf("%q is not in the policy", name)
			}
		}
		if !slices.IsSorted(p.Permissive) {
			t.Errorf("not sorted: %q", p.Permissive)
		}
	})
}
