package software

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/modsig/modsigtest"
)

// Each module's signature is judged by the certificates in its kernel's image,
// and the kernel says how many of each kind there are.
func TestModuleSignatures(t *testing.T) {
	own, other := modsigtest.New(t, "TEST kernel key", 0x2a), modsigtest.New(t, "TEST vendor key", 9)
	elf := buildModule("license=GPL", "intree=Y", "vermagic=6.12.0-example SMP")
	signed := own.Sign(t, elf, modsigtest.Options{})
	edited := bytes.Clone(signed)
	edited[len(elf)-1] ^= 1
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	const in = "lib/modules/6.12.0-example/"
	image := append(buildImage(exampleBanner), own.Certificate.Raw...)
	root := fstest.MapFS{
		"boot/Image":            {Data: image},
		in + "good.ko":          {Data: signed},
		in + "packed.ko.gz":     {Data: gzipped(signed)},
		in + "packed2.ko.zst":   {Data: w.EncodeAll(signed, nil)},
		in + "edited.ko":        {Data: edited},
		in + "foreign.ko":       {Data: other.Sign(t, elf, modsigtest.Options{})},
		in + "unsigned.ko":      {Data: buildModule("license=Proprietary")},
		in + "unlicensed.ko":    {Data: own.Sign(t, buildModule("intree=Y"), modsigtest.Options{})},
		in + "attributes.ko":    {Data: own.Sign(t, elf, modsigtest.Options{Attributes: true})},
		in + "broken.ko":        {Data: modsigtest.Append(elf, []byte("x"))},
		in + "nothing.ko":       {Data: []byte("hello")},
		"lib/modules/5/lone.ko": {Data: other.Sign(t, elf, modsigtest.Options{ByKeyID: true})},
	}
	reading := mustCatalog(t, root)
	got := map[string]string{}
	var kernel, lone *sbom.Component
	each(reading.Components, func(c *sbom.Component) {
		if c.Kind == sbom.Driver {
			got[strings.TrimPrefix(firstPlace(*c), in)] = property(c, PropertySignature)
		} else if c.Version == "6.12.0-example" {
			kernel = c
		} else if c.Version == "5" {
			lone = c
		}
	})
	for name, want := range map[string]string{
		"good.ko": SignatureVerified, "packed.ko.gz": SignatureVerified, "packed2.ko.zst": SignatureVerified,
		"edited.ko": SignatureInvalid, "broken.ko": SignatureInvalid, "foreign.ko": SignatureForeign, "unsigned.ko": SignatureUnsigned,
		"unlicensed.ko": SignatureVerified, "attributes.ko": SignatureNotChecked, "nothing.ko": "", "lib/modules/5/lone.ko": SignatureNotChecked,
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	if kernel == nil || lone == nil {
		t.Fatal("a kernel is missing")
	}
	for name, want := range map[string]string{
		FactModules: "9", FactModulesUnsigned: "1", FactModulesInvalid: "2", FactModulesForeign: "1", FactModulesNotChecked: "1",
		FactModulesLicence: "2", FactModulesOutOfTree: "1",
	} {
		if got := property(kernel, sbom.FirmwareFact+name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := property(lone, sbom.FirmwareFact+FactModulesNotChecked); got != "1" {
		t.Errorf("a kernel without image: %q not checked", got)
	}
	if !slices.ContainsFunc(kernel.Found, func(e sbom.Evidence) bool {
		return e.Place == in+"foreign.ko" && e.Note == "module-foreign-signer 1"
	}) {
		t.Errorf("no evidence of the foreign signer: %+v", kernel.Found)
	}
	each(reading.Components, func(c *sbom.Component) {
		if c.Kind != sbom.Driver {
			return
		}
		switch firstPlace(*c) {
		case in + "good.ko":
			if property(c, PropertySignerIssuer) != "CN=TEST kernel key" || property(c, PropertySignerSerial) != "2a" || property(c, PropertySignatureHash) != "SHA-256" {
				t.Errorf("good.ko: %+v", c.Properties)
			}
		case "lib/modules/5/lone.ko":
			if property(c, PropertySignerKeyID) == "" {
				t.Errorf("lone.ko: %+v", c.Properties)
			}
		}
	})
}

// On Android a kernel lies on another partition than its modules.
func TestModulesOfAnotherPartition(t *testing.T) {
	own, other := modsigtest.New(t, "TEST kernel key", 1), modsigtest.New(t, "TEST vendor key", 2)
	elf := buildModule("license=GPL", "vermagic=6.12.0-example SMP")
	boot := fstest.MapFS{"kernel": {Data: append(buildImage(exampleBanner), own.Certificate.Raw...)}}
	dlkm := fstest.MapFS{
		"lib/modules/a.ko": {Data: own.Sign(t, elf, modsigtest.Options{})},
		"lib/modules/b.ko": {Data: other.Sign(t, elf, modsigtest.Options{})},
	}
	for name, tt := range map[string]struct {
		options    Options
		want, then string
	}{
		"together": {Options{Kernels: new(Kernels)}, SignatureVerified, SignatureForeign},
		"alone":    {Options{}, SignatureNotChecked, SignatureNotChecked},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, fsys := range []fstest.MapFS{boot, dlkm} {
				r, err := tt.options.Catalog(t.Context(), fsys, "partition")
				if err != nil {
					t.Fatal(err)
				}
				each(r.Components, func(c *sbom.Component) {
					if c.Kind == sbom.Driver {
						got = append(got, property(c, PropertySignature))
					}
				})
			}
			if want := []string{tt.want, tt.then}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// The digest of a module's file is that of all of it, whether it is signed or not.
func TestSignedModuleDigest(t *testing.T) {
	data := modsigtest.New(t, "TEST", 1).Sign(t, buildModule("license=GPL"), modsigtest.Options{})
	reading := mustCatalog(t, fstest.MapFS{"lib/modules/6/a.ko": {Data: data}, "opt/a.ko": {Data: data}})
	r := mustOpen(t, fstest.MapFS{"f": {Data: data}})
	want, err := r.sum("f")
	if err != nil {
		t.Fatal(err)
	}
	each(reading.Components, func(c *sbom.Component) {
		if c.Kind == sbom.Driver && c.Hashes[0].Value != want {
			t.Errorf("%s: got %s, want %s", firstPlace(*c), c.Hashes[0].Value, want)
		}
	})
}

func property(c *sbom.Component, name string) string {
	for _, p := range c.Properties {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}
