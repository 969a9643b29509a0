package registry

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/sbom"
)

var update = flag.Bool("update", false, "rewrite testdata/makers.tsv")

func date(t testing.TB, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func open(t testing.TB) *Registry {
	t.Helper()
	r, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestMakersOfRealPhones checks every prefix of the real trees: each is known,
// and each answer is as read in review.
func TestMakersOfRealPhones(t *testing.T) {
	r := open(t)
	const file = "testdata/makers.tsv"
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range strings.Lines(string(want)) {
		if strings.HasPrefix(line, "#") {
			got.WriteString(line)
			continue
		}
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		prefix, part, _ := strings.Cut(f[0], ",")
		if _, ok := r.Prefix(prefix); !ok {
			t.Errorf("prefix %q is not in the registry", prefix)
		}
		a, ok := r.Maker(prefix, part, sbom.Category(f[1]), date(t, "2026-11-24"))
		if (a.Org != nil) != ok || a.Why == "" {
			t.Errorf("Maker(%s): ok %v, org %v, why %q", f[0], ok, a.Org, a.Why)
		}
		maker := "-"
		if ok {
			maker = a.Org.ID
		}
		got.WriteString(f[0] + "\t" + f[1] + "\t" + maker + "\n")
	}
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("makers (-want +got)\n%s", diff)
	}
}

func TestMaker(t *testing.T) {
	r := open(t)
	for _, tt := range []struct {
		prefix, part string
		category     sbom.Category
		at           string
		org, unit    string // "" for nobody
		why          string // part of the sentence
	}{
		{"nxp", "tfa9895", sbom.Audio, "2018-06-01", "nxp", "", "TFA98xx: NXP Semiconductors N.V. until 2020-02-03"},
		{"nxp", "tfa9895", sbom.Audio, "2020-02-02", "nxp", "", ""},
		{"nxp", "tfa9895", sbom.Audio, "2020-02-03", "goodix", "", "since 2020-02-03; owned until 2020-02-03 by NXP"},
		{"NXP", " TFA9895 ", "", "2026-11-22", "goodix", "", "owned until 2020-02-03 by NXP"},
		{"nxp", "pn547", sbom.NFC, "2026-11-22", "nxp", "", ""},
		{"samsung", "s6e3ha2", sbom.Display, "2026-11-22", "samsung-display", "", "System LSI"},
		{"samsung", "s6e3ha2", "", "2026-11-22", "", "", "category is not known"},
		{"samsung", "s5k3l6", sbom.Camera, "2026-11-22", "samsung-electronics", "samsung-lsi", "S5K"},
		{"samsung", "exynos5433", sbom.SoC, "2026-11-22", "samsung-electronics", "samsung-lsi", ""},
		{"samsung", "klmbg4gend", sbom.Storage, "2026-11-22", "samsung-electronics", "", ""},
		{"samsung", "pack-5000", sbom.Battery, "2026-11-22", "", "", "several makers"},
		{"sony", "imx519", sbom.Camera, "2026-11-22", "sony-semicon", "", "IMX"},
		{"sony", "td4353-jdi-tama", sbom.Display, "2026-11-22", "jdi", "", ""},
		{"sony", "pdx223", "", "2026-11-22", "", "", ""},
		{"xiaomi", "elish-boe-nt36523", sbom.Display, "2026-11-22", "boe", "", ""},
		{"xiaomi", "elish-csot-nt36523", sbom.Display, "2026-11-22", "tcl-csot", "", ""},
		{"xiaomi", "elish", "", "2026-11-22", "", "", "names the device's maker"},
		{"edt", "edt-ft5406", sbom.Touch, "2026-11-22", "focaltech", "", "FocalTech"},
		{"edt", "et057090dhu", sbom.Display, "2026-11-22", "", "", ""},
		{"atmel", "24c32", sbom.Storage, "2026-11-22", "", "", "any EEPROM"},
		{"atmel", "maxtouch", sbom.Touch, "2015-01-01", "atmel", "", ""},
		{"atmel", "maxtouch", sbom.Touch, "2026-11-22", "microchip", "", "owned until 2016-04-04 by Atmel"},
		{"brcm", "bcm43438-bt", sbom.WiFiBT, "2014-01-01", "broadcom-corporation", "", ""},
		{"brcm", "bcm43438-bt", sbom.WiFiBT, "2018-01-01", "cypress", "", ""},
		{"brcm", "bcm43438-bt", sbom.WiFiBT, "2026-11-22", "infineon", "", "owned until 2020-04-16 by Cypress Semiconductor Corporation; owned until 2016-07 by Broadcom"},
		{"brcm", "bcm4389", sbom.WiFiBT, "2026-11-22", "broadcom", "", ""},
		{"brcm", "bcm4339", sbom.WiFiBT, "2026-11-22", "", "", "kept the rest"},
		{"hynix", "hi846", sbom.Camera, "2026-11-22", "sk-hynix", "", "until 2025-03-06"},
		{"arm", "mali-t760", sbom.SoC, "2026-11-22", "", "", "licenses designs"},
		{"snps", "dwc3", sbom.USB, "2026-11-22", "", "", "licenses designs"},
		{"vivante", "gc", "", "2026-11-22", "", "", "licenses designs"},
		{"jedec", "spi-nor", sbom.Storage, "2026-11-22", "", "", "standard"},
		{"ebbg", "ft8719", sbom.Display, "2026-11-22", "", "", ""},
		{"globaltop", "pa6h", sbom.GNSS, "2026-11-22", "", "", "whoever made"},
		{"syna", "rmi4-i2c", sbom.Touch, "2026-11-22", "synaptics", "", "the model is not"},
		{"nosuchvendor", "x1", "", "2026-11-22", "", "", "not in the registry"},
	} {
		a, ok := r.Maker(tt.prefix, tt.part, tt.category, date(t, tt.at))
		var org, unit string
		if a.Org != nil {
			org = a.Org.ID
		}
		if a.Unit != nil {
			unit = a.Unit.ID
		}
		if org != tt.org || unit != tt.unit || ok != (tt.org != "") || !strings.Contains(a.Why, tt.why) {
			t.Errorf("Maker(%s,%s %s at %s) = %q %q %v %q, want %q %q %q", tt.prefix, tt.part, tt.category, tt.at, org, unit, ok, a.Why, tt.org, tt.unit, tt.why)
		}
	}
	if _, ok := r.Maker("nxp", strings.Repeat("9", 1000), "", date(t, "2026-11-22")); ok {
		t.Error("Maker answers for a part number of 1000 bytes")
	}
}

// TestMakerReview: an answer is reviewed only if the record and the dates that
// decided were read.
func TestMakerReview(t *testing.T) {
	r := open(t)
	for _, tt := range []struct {
		compatible string
		at         string
		reviewed   bool
		certain    bool
	}{
		{"nxp,tfa9895", "2026-11-22", true, true},       // sale read in a filing
		{"dlg,da7219", "2026-11-22", true, true},        //
		{"maxim,max17055", "2026-11-22", false, true},   // the day is general knowledge
		{"cypress,tt21000", "2015-06-01", false, false}, // ended some day of 2015
		{"silan,sc7a20", "2026-11-22", false, true},
		{"ovti,ov5640", "2026-11-22", true, true},
	} {
		prefix, part, _ := strings.Cut(tt.compatible, ",")
		a, ok := r.Maker(prefix, part, "", date(t, tt.at))
		if !ok || a.Reviewed != tt.reviewed || a.Certain != tt.certain {
			t.Errorf("Maker(%s at %s) = reviewed %v, certain %v, want %v, %v: %s", tt.compatible, tt.at, a.Reviewed, a.Certain, tt.reviewed, tt.certain, a.Why)
		}
	}
}

func TestMakerOfLine(t *testing.T) {
	r := open(t)
	for _, tt := range []struct{ org, part, at, want string }{
		{"nxp", "TFA9895UK/N1", "2026-11-22", "goodix"},
		{"nxp", "TFA9895UK/N1", "2019-11-22", "nxp"},
		{"goodix", "TFA9895", "2026-11-22", "goodix"},
		{"samsung-electronics", "S5K3L6", "2026-11-22", "samsung-electronics"},
		{"texas-instruments", "TFA9895", "2026-11-22", ""}, // no line of theirs
		{"nxp", "PCF8563", "2026-11-22", ""},
		{"nobody", "TFA9895", "2026-11-22", ""},
	} {
		a, ok := r.MakerOfLine(tt.org, tt.part, date(t, tt.at))
		got := ""
		if ok {
			got = a.Org.ID
		}
		if got != tt.want {
			t.Errorf("MakerOfLine(%s, %s at %s) = %q, want %q: %s", tt.org, tt.part, tt.at, got, tt.want, a.Why)
		}
	}
}

func TestMatchGlob(t *testing.T) {
	for _, tt := range []struct {
		glob, part string
		want       bool
	}{
		{"tfa98##*", "tfa9895", true},
		{"tfa98##*", "tfa9895uk/n1", true},
		{"tfa98##*", "tfa98", false},
		{"tfa98##*", "tfa98xx", false},
		{"imx###*", "imx519", true},
		{"imx###*", "imx8mq", false},
		{"klm?g*", "klmbg4gend", true},
		{"klm?g*", "klm-g", false},
		{"*-boe*", "elish-boe-nt36523", true},
		{"*-boe*", "boe-x", false},
		{"*-boe*", "elish-boe", true},
		{"*", "", true},
		{"*", "x", true},
		{"", "", true},
		{"a", "", false},
		{"a", "ab", false},
	} {
		if got := matchGlob(tt.glob, tt.part); got != tt.want {
			t.Errorf("matchGlob(%q, %q) = %v, want %v", tt.glob, tt.part, got, tt.want)
		}
	}
}

// FuzzMaker checks that an answer always has an organisation that the registry
// knows, which is a legal entity, and a reason; and that no answer has a reason
// too.
func FuzzMaker(f *testing.F) {
	for _, s := range []string{"nxp,tfa9895", "samsung,s6e3", "xiaomi,*-boe", "atmel,24c", "arm,", ",", "brcm,bcm43"} {
		p, q, _ := strings.Cut(s, ",")
		f.Add(p, q, "display", int64(1_600_000_000))
	}
	r := open(f)
	f.Fuzz(func(t *testing.T, prefix, part, category string, at int64) {
		a, ok := r.Maker(prefix, part, sbom.Category(category), time.Unix(at%4e9, 0).UTC())
		if a.Why == "" || ok != (a.Org != nil) {
			t.Fatalf("Maker = %+v, %v", a, ok)
		}
		if !ok {
			return
		}
		if o, known := r.Organisation(a.Org.ID); !known || o != a.Org || r.legalEntity(o) != o {
			t.Fatalf("Maker gives %v", a.Org)
		}
		if p, _ := r.Prefix(strings.ToLower(strings.TrimSpace(prefix))); p == nil || p.Role == RoleLicensor {
			t.Fatalf("prefix %q gives a maker", prefix)
		}
	})
}
