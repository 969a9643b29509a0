package claim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/sbom"
)

const answered = `Claim number,Your company (legal name),Manufacturer (legal name),Part number,Revision,Where we use it,Stage,Country,Withheld? (yes),Valid from,Valid until
1,Hanbit Display Co.,Hanbit Display Co.,HD6,,display J1,manufactured,KR,,2026-01-01,
1,Hanbit Display Co.,Hanbit Display Co.,HD6,,display J1,assembled,,yes,2026-01-01,
2,Taegu Power,Taegu Power,TN100,,nfc U6,manufactured,Korea,,2026-01-01,
2,Taegu Power,Taegu Power,TN100,,nfc U6,designed,대한민국,,2026-01-01,
3,Volta,Volta,VC1,,battery,manufactured,VN,,2020-01-01,2021-01-01
4,Other Firm,Other Firm,SO5,,camera,manufactured,CN,,2026-01-01,
5,Nobody,,,,memory,manufactured,CN,,2026-01-01,
`

func made(by, number string) sbom.Component {
	c := sbom.Component{Ref: "hw:" + number, Kind: sbom.Hardware, Name: number, MPN: number}
	if by != "" {
		c.Facts = []sbom.Fact{{Name: sbom.Manufacturer, Values: []sbom.Value{{Is: by}}}}
	}
	return c
}

// An answer that nobody signed is declared by the company that it names, at its
// line; what cannot be read or does not fit is a note.
func TestUnsigned(t *testing.T) {
	a, err := claim.ReadUnsigned(sbom.Source{Name: "a.csv", Digest: "d"}, []byte(answered))
	if err != nil {
		t.Fatal(err)
	}
	d := &sbom.Document{Components: []sbom.Component{made("Hanbit Display Co.", "HD6"), made("", "hd-6"), made("Sorae", "SO5"), made("Volta", "VC1")}}
	r := a.Reading([]sbom.Reading{{Components: d.Components}})
	if len(r.Components) != 1 || r.Components[0].Name != "TN100" || r.Components[0].Category != sbom.NFC || r.Components[0].Designators[0] != "U6" {
		t.Errorf("new parts: %+v", r.Components)
	}
	d.Components = append(d.Components, r.Components...)
	d.Notes = r.Notes
	d = a.Lay(d, claim.Reader{AsOf: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
	got := map[string]string{}
	for _, c := range d.Components {
		for _, f := range c.Facts {
			for _, v := range f.Values {
				for _, e := range v.Evidence {
					got[c.Ref+c.Name+" "+f.Name] += v.Is + " " + e.Place + " by " + e.By + " " + v.Grade(sbom.Trust{}).String()
				}
			}
			if f.Withheld {
				got[c.Ref+c.Name+" "+f.Name] = "withheld " + f.WithheldBy[0].Place
			}
		}
	}
	want := map[string]string{
		"hw:HD6HD6 manufactured":   `KR line 2, column "Country" by Hanbit Display Co. declared`,
		"hw:HD6HD6 assembled":      `withheld line 3, column "Withheld? (yes)"`,
		"hw:hd-6hd-6 manufactured": `KR line 2, column "Country" by Hanbit Display Co. declared`,
		"hw:hd-6hd-6 assembled":    `withheld line 3, column "Withheld? (yes)"`,
		"hw:hd-6hd-6 manufacturer": `Hanbit Display Co. line 2, column "Manufacturer (legal name)" by Hanbit Display Co. declared`,
		"TN100 manufacturer":       `Taegu Power line 5, column "Manufacturer (legal name)" by Taegu Power declared`,
		"TN100 designed":           `KR line 5, column "Country" by Taegu Power declared`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var notes []string
	for _, n := range d.Notes {
		notes = append(notes, n.String())
	}
	all := strings.Join(notes, "\n")
	for _, want := range []string{
		`a.csv: line 4: column "Country": country "Korea" is ambiguous`,
		"the answer about VC1 of Volta was not used: it holds from 2020-01-01 until 2021-01-01, and is read as of 2026-11-22",
		"a.csv: line 7: the answer about SO5 of Other Firm was not used: it is about SO5 of Other Firm, and that of the document is by Sorae",
		"a.csv: line 8: the answer about a part without a number was not used: part.manufacturer: is missing",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no note %q in\n%s", want, all)
		}
	}
}
