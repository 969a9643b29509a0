package tcg

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const example = `{"PLATFORM":{"PLATFORMMANUFACTURERSTR":"Example","PLATFORMMODEL":"EM-15","PLATFORMVERSION":"Not Specified","PLATFORMSERIAL":"SECRET"},
"COMPONENTS":[{"COMPONENTCLASS":{"COMPONENTCLASSREGISTRY":"2.23.133.18.3.4","COMPONENTCLASSVALUE":"000C0330"},"MANUFACTURER":"8086:1028:","MODEL":" 15E9:09A1:","SERIAL":" ","ADDRESSES":[{}]}]}`

func TestParse(t *testing.T) {
	got, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	want := &List{Maker: "Example", Model: "EM-15", Serials: 2, Components: []Component{{Registry: RegistryPCI, Class: 0x0c0330, Maker: "8086:1028", Model: "15E9:09A1"}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Whatever the list: no serial number comes through, and an error comes alone.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte(strings.Replace(example, `"8086:1028:"`, `"8086:102 :"`, 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Parse(data)
		if (err == nil) != (got != nil) {
			t.Fatalf("%v, %v", got, err)
		}
		if got == nil {
			return
		}
		for _, c := range got.Components {
			if len(c.Maker)+len(c.Model)+len(c.Revision) > maxText || c.Maker != strings.TrimSpace(c.Maker) {
				t.Fatalf("%+v", c)
			}
		}
	})
}
