package kicad

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const example = `<export version="E"><design><source>x</source></design><components>
<comp ref="U1"><value>Charger</value><datasheet>~</datasheet><fields><field name="MPN"> TG1 </field></fields></comp>
<comp ref="R1"><value>10k</value></comp><comp ref="R2"><value>10k</value></comp>
<comp ref="R3"><value>10k</value><property name="dnp"/></comp><comp ref="H1"><property name="exclude_from_bom"/></comp>
</components><libparts><libpart/></libparts><nets><net><comp ref="no component"/></net></nets></export>`

func TestParse(t *testing.T) {
	got, err := Parse(strings.NewReader(example))
	if err != nil {
		t.Fatal(err)
	}
	want := []Part{
		{References: []string{"U1"}, Fields: map[string]string{"Value": "Charger", "MPN": "TG1"}},
		{References: []string{"R1", "R2"}, Fields: map[string]string{"Value": "10k"}},
		{References: []string{"R3"}, Fields: map[string]string{"Value": "10k"}, DNP: true},
		{References: []string{"H1"}, Fields: map[string]string{}, NotInBOM: true},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "other": "<other/>", "cut off": example[:len(example)/2], "entities": `<!DOCTYPE a [<!ENTITY b "bb">]><export><comp ref="&b;"/></export>`,
		"long":  `<export><comp ref="U1"><value>` + strings.Repeat("x", maxBytes+1) + `</value></comp></export>`,
		"many":  `<export>` + strings.Repeat("<comp/>", maxComponents+1) + `</export>`,
		"wide":  `<export><comp ref="U1"><fields>` + strings.Repeat("<field/>", maxFields+1) + `</fields></comp></export>`,
		"crowd": `<export>` + strings.Repeat("<a>", 100_000),
	} {
		if got, err := Parse(strings.NewReader(text)); err == nil || got != nil || !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the file: no part is without a reference, and none stands twice.
func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(strings.NewReader(text))
		if err != nil && got != nil {
			t.Fatal("parts with an error")
		}
		seen := map[string]bool{}
		for _, p := range got {
			if len(p.References) == 0 || seen[p.key()] {
				t.Fatalf("%v", p)
			}
			seen[p.key()] = true
		}
		if again, _ := Parse(strings.NewReader(text)); !reflect.DeepEqual(got, again) {
			t.Fatal("another reading")
		}
	})
}
