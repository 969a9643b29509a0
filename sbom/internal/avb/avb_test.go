package avb_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"strings"
	"sync"
	"testing"

	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
	"github.com/originbom/originbom/sbom/internal/avb"
)

// testKey is made once: keys of 2048 bits take a while.
var testKey = sync.OnceValue(firmwaretest.Key)

var image = bytes.Repeat([]byte("a partition's content "), 3000)

func example(k *rsa.PrivateKey) []byte {
	padded := append(bytes.Clone(image), make([]byte, 4096-len(image)%4096)...)
	return firmwaretest.VBMeta(k, 7, 0, firmwaretest.HashDescriptor("boot", image), firmwaretest.TreeDescriptor("system", padded),
		firmwaretest.ChainDescriptor("vendor", testKey()))
}

func TestSeals(t *testing.T) {
	signed := example(testKey())
	flip := func(at int) []byte {
		b := bytes.Clone(signed)
		b[at] ^= 1
		return b
	}
	tests := []struct {
		name string
		data []byte
		want avb.Seal
		why  string
	}{
		{"signed", signed, avb.Signed, ""},
		{"unsigned", example(nil), avb.Unsigned, ""},
		{"a changed rollback index", flip(119), avb.Invalid, "digest is another"},
		{"a changed descriptor", flip(256 + 320 + 16 + 116 + 6), avb.Invalid, "digest is another"},
		{"a changed digest", flip(256), avb.Invalid, "digest is another"},
		{"a changed signature", flip(256 + 40), avb.Invalid, "signature"},
		{"another algorithm", flip(31), avb.Unsigned, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := avb.Parse(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			if v.Seal != tt.want || !strings.Contains(v.Why, tt.why) {
				t.Errorf("seal %s (%s), want %s (%s)", v.Seal, v.Why, tt.want, tt.why)
			}
		})
	}
}

func TestDescriptors(t *testing.T) {
	v, err := avb.Parse(example(testKey()))
	if err != nil {
		t.Fatal(err)
	}
	if v.RollbackIndex != 7 || v.Release != "firmwaretest" || v.Algorithm != "SHA256_RSA2048" || len(v.Chains) != 1 ||
		v.Chains[0].Partition != "vendor" || avb.KeySHA1(v.Chains[0].PublicKey) != v.KeySHA1() {
		t.Errorf("%+v", v)
	}
	ctx := context.Background()
	padded := append(bytes.Clone(image), make([]byte, 4096-len(image)%4096)...)
	for i, data := range [][]byte{image, padded} {
		p := v.Partitions[i]
		if ok, err := p.Matches(ctx, bytes.NewReader(data), int64(len(data))); !ok || err != nil {
			t.Errorf("%s: %v, %v", p.Name, ok, err)
		}
		for _, at := range []int{0, 5000, len(image) - 1} {
			changed := bytes.Clone(data)
			changed[at] ^= 1
			if ok, err := p.Matches(ctx, bytes.NewReader(changed), int64(len(data))); ok || err != nil {
				t.Errorf("%s with another byte at %d: %v, %v", p.Name, at, ok, err)
			}
		}
		if ok, _ := p.Matches(ctx, bytes.NewReader(data), int64(len(data)-1)); ok {
			t.Errorf("%s: a shorter partition matches", p.Name)
		}
	}
}

// TestTreeSizes compares roots over sizes around the borders of blocks and
// levels with a tree that is built in memory.
func TestTreeSizes(t *testing.T) {
	for _, blocks := range []int{1, 2, 127, 128, 129, 256, 128*128 + 1} {
		data := make([]byte, blocks*4096)
		for i := range blocks {
			data[i*4096] = byte(i)
			data[i*4096+1] = byte(i >> 8)
		}
		v, err := avb.Parse(firmwaretest.VBMeta(nil, 0, 0, firmwaretest.TreeDescriptor("system", data)))
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := v.Partitions[0].Matches(context.Background(), bytes.NewReader(data), int64(len(data))); !ok || err != nil {
			t.Errorf("%d blocks: %v, %v", blocks, ok, err)
		}
	}
}

func TestFooter(t *testing.T) {
	vb := firmwaretest.VBMeta(testKey(), 1, 3, firmwaretest.HashDescriptor("boot", image))
	part := firmwaretest.Footer(image, vb, 128<<10)
	v, err := avb.Read(bytes.NewReader(part), int64(len(part)))
	if err != nil || v.Seal != avb.Signed || v.Flags != avb.FlagHashtreeDisabled|avb.FlagVerificationDisabled {
		t.Fatalf("%+v, %v", v, err)
	}
	if v, err := avb.Read(bytes.NewReader(image), int64(len(image))); v != nil || err != nil {
		t.Errorf("a partition without a footer: %v, %v", v, err)
	}
	part[len(part)-64+20] = 0xff
	if v, err := avb.Read(bytes.NewReader(part), int64(len(part))); v != nil || err == nil {
		t.Errorf("a footer that points outside: %v, %v", v, err)
	}
}

// TestMutations: a signed vbmeta with any bit changed is not signed any more,
// or means the same: only what no digest covers may change.
func TestMutations(t *testing.T) {
	good := example(testKey())
	want, err := avb.Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	for at := range good {
		b := bytes.Clone(good)
		b[at] ^= 1 << (at % 8)
		v, err := avb.Parse(b)
		if err != nil {
			continue
		}
		if v.Seal == avb.Signed && (at < 256 || v.RollbackIndex != want.RollbackIndex || v.KeySHA1() != want.KeySHA1() || at >= 256+320) {
			t.Errorf("byte %d: still signed", at)
		}
	}
}

// FuzzParse: no vbmeta is signed but by the signature that verifies; nothing
// outlives its block, and no partition has the name of a path.
func FuzzParse(f *testing.F) {
	f.Add(example(nil))
	f.Add(example(testKey()))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := avb.Parse(b)
		if err != nil {
			if v != nil {
				t.Error("an error and a vbmeta")
			}
			return
		}
		if v.Size > int64(len(b)) || v.Seal == avb.Signed && len(v.PublicKey) == 0 || (v.Seal == avb.Unsigned) != (v.Algorithm == "NONE") {
			t.Errorf("%+v", v)
		}
		for _, p := range v.Partitions {
			if strings.ContainsAny(p.Name, "/\\\x00") {
				t.Errorf("partition %q", p.Name)
			}
			if p.Size < 1<<20 {
				_, _ = p.Matches(context.Background(), bytes.NewReader(b), int64(len(b)))
			}
		}
	})
}
