package xmlbound_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/originbom/originbom/sbom/internal/xmlbound"
)

var limits = xmlbound.Limits{Tag: 40, Depth: 3, Elements: 8}

func TestPasses(t *testing.T) {
	for _, s := range []string{
		"", "no XML", `<?xml version="1.0"?><a><b c="/>" d='>"'/><b/></a>`, "<a><!-- <b><b><b><b><b> --></a>",
		"<a><![CDATA[ <b><b><b><b> ]]></a>", `<!DOCTYPE a SYSTEM "b>c"><a></a>`, "<a><b><c/></b><b><c/></b></a>",
		"<?a <b><b><b><b> ?>", "<a>" + strings.Repeat("text ", 100) + "</a>", "<!--" + strings.Repeat("-", 100) + "-->",
	} {
		for _, r := range []io.Reader{strings.NewReader(s), iotest.OneByteReader(strings.NewReader(s))} {
			if got, err := io.ReadAll(xmlbound.New(r, limits)); string(got) != s || err != nil {
				t.Errorf("%q: %q, %v", s, got, err)
			}
		}
	}
}

func TestRefuses(t *testing.T) {
	for s, want := range map[string]string{
		"<a><b><c><d>": "nested deeper than 3",
		"<a><b/><b/><b/><b/><b/><b/><b/><b/></a>":             "more than 8 XML elements",
		"<a " + strings.Repeat("b='' ", 10) + "/>":            "more than 40 bytes",
		"<a b='" + strings.Repeat(">", 50):                    "more than 40 bytes",
		"</" + strings.Repeat("a", 50) + ">":                  "more than 40 bytes",
		`<!DOCTYPE a [<!ENTITY b "c">]><a/>`:                  "document type with declarations",
		"<a><!-- - -> --><b><![CDATA[]]]]><c><d>":             "nested deeper than 3",
		`<a x="<b/>" y='/'><b x='"' z="/"><c/><c><d></d></c>`: "nested deeper than 3",
		"<!><a><b><c><d>":                                     "nested deeper than 3",
	} {
		b, err := io.ReadAll(xmlbound.New(strings.NewReader(s), limits))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(s, string(b)) {
			t.Errorf("%q: %v, want %q", s, err, want)
		}
	}
}

// FuzzNew: what a decoder makes of what is passed is within the limits.
func FuzzNew(f *testing.F) {
	f.Add(`<a><b c="d"/><!-- <e> --><![CDATA[<f>]]></a>`)
	f.Add(`<!DOCTYPE a><a><b><c></c></b></a>`)
	f.Add(`<a b='<' c="/">/></a>`)
	f.Fuzz(func(t *testing.T, s string) {
		d := xml.NewDecoder(xmlbound.New(strings.NewReader(s), limits))
		depth, elements := 0, 0
		for {
			tok, err := d.Token()
			if err != nil {
				return
			}
			switch tok.(type) {
			case xml.StartElement:
				depth, elements = depth+1, elements+1
			case xml.EndElement:
				depth--
			}
			if depth > limits.Depth || elements > limits.Elements {
				t.Fatalf("%d elements, %d deep", elements, depth)
			}
		}
	})
}
