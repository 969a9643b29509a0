package ipc2581

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const example = `<IPC-2581 revision="C"><LogisticHeader><Enterprise id="E1" name="Sorae"/><Enterprise id="E2" code="UNKNOWN"/></LogisticHeader>
<Ecad><Layer><Deep/></Layer></Ecad>
<Bom><BomItem OEMDesignNumberRef="D1" quantity="2" description="Camera"><RefDes name="U1" populate="false"/><RefDes name="U2"/>
<Characteristics><Textual textualCharacteristicName="VENDOR" textualCharacteristicValue=" Sorae "/></Characteristics></BomItem></Bom>
<Avl><AvlItem OEMDesignNumber="D1"><AvlVmpn qualified="false" chosen="1"><AvlMpn name="A1" rank="3"/><AvlVendor enterpriseRef="E1"/></AvlVmpn>
<AvlVmpn><AvlMpn name="B1"/><AvlVendor enterpriseRef="E2"/></AvlVmpn></AvlItem></Avl></IPC-2581>`

func TestParse(t *testing.T) {
	got, err := Parse(strings.NewReader(example))
	if err != nil {
		t.Fatal(err)
	}
	want := &File{
		Revision: "C", Boms: 1,
		Items: []Item{{
			Line: 3, DesignNumber: "D1", Description: "Camera", Quantity: "2",
			Positions: []Position{{Name: "U1", NotPopulated: true}, {Name: "U2"}}, Texts: []Text{{"VENDOR", "Sorae"}},
		}},
		Approved: map[string][]Approved{"D1": {
			{Line: 5, MPN: "A1", Vendor: "Sorae", Rank: 3, Chosen: true}, {Line: 6, MPN: "B1", Qualified: true},
		}},
	}
	if d := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "enterprises" }, cmp.Ignore())); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"other":    {`<other/>`, "no IPC-2581 file"},
		"cut off":  {example[:len(example)/2], "line "},
		"entities": {`<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]><IPC-2581><Bom><BomItem description="&c;"/></Bom></IPC-2581>`, "document type with declarations"},
		"nested":   {`<IPC-2581>` + strings.Repeat("<a>", 100_000), "nested deeper"},
		"tag":      {`<IPC-2581 ` + strings.Repeat("a='' ", maxTag), "an XML tag has more than"},
		"long":     {`<IPC-2581><Bom><BomItem description="` + strings.Repeat("x", maxText+1) + `"/></Bom></IPC-2581>`, "holds more than"},
		"many":     {`<IPC-2581><Bom>` + strings.Repeat("<BomItem/>", maxItems+1) + `</Bom></IPC-2581>`, "more than 100000 items"},
		"crossed":  {`<IPC-2581><Avl><AvlItem><AvlVmpn>` + strings.Repeat("<AvlMpn/><AvlVendor/>", 100) + `</AvlVmpn></AvlItem></Avl></IPC-2581>`, "names more than"},
	} {
		if got, err := Parse(strings.NewReader(tc.text)); err == nil || got != nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

// Whatever the file: positions and items stay within their limits, an error
// comes alone and tells a line, and reading is repeatable.
func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add(`<IPC-2581><Bom><BomItem/></Bom></IPC-2581>`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(strings.NewReader(text))
		if err != nil {
			var line int
			if _, scan := fmt.Sscanf(err.Error(), "line %d: ", &line); scan != nil || got != nil {
				t.Fatalf("got %v, %v", got, err)
			}
			return
		}
		again, err := Parse(strings.NewReader(text))
		if err != nil || !reflect.DeepEqual(got, again) || len(got.Items) > maxItems {
			t.Fatal("another reading, or too many items")
		}
	})
}
