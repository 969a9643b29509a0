package registry

import (
	"strings"
	"testing"
)

func TestOwners(t *testing.T) {
	r := open(t)
	for _, tt := range []struct {
		id, at string
		want   []string
	}{
		{"honor", "2020-06-01", []string{"huawei", "huawei-holding"}},
		{"honor", "2026-11-22", []string{"shenzhen-zhixin"}},
		{"honor", "2012-12-31", []string{"huawei-holding"}}, // a start that nobody read
		{"hisilicon", "2026-11-22", []string{"huawei"}},
		{"samsung-display", "2026-11-22", []string{"samsung-electronics", "samsung-sdi"}},
		{"sharp", "2016-08-11", nil},
		{"sharp", "2016-08-12", []string{"hon-hai"}},
		{"zte", "2026-11-22", nil},
	} {
		diff(t, "owners of "+tt.id+" at "+tt.at, tt.want, ids(r.Owners(tt.id, date(t, tt.at))))
	}
	if h := r.History("honor"); len(h) != 3 {
		t.Errorf("history of honor has %d edges, want 3", len(h))
	}
}

func TestUltimateParent(t *testing.T) {
	r := open(t)
	for _, tt := range []struct {
		id, at, want      string
		certain, reviewed bool
		control           []string
	}{
		{"hisilicon", "2026-11-22", "huawei-holding", true, false, nil},
		{"honor", "2026-11-22", "honor", true, true, []string{"shenzhen-zhixin"}}, // control is not title
		{"honor", "2020-06-01", "huawei-holding", false, true, []string{"huawei-holding"}},
		{"samsung-lsi", "2026-11-22", "samsung-electronics", true, false, nil},
		{"samsung-display", "2026-11-22", "samsung-electronics", true, true, nil},
		{"invensense", "2017-04-30", "invensense", true, true, nil},
		{"invensense", "2017-05-15", "tdk", false, true, nil}, // only the month is known
		{"invensense", "2017-06-01", "tdk", true, true, nil},
		{"boe", "2026-11-22", "boe", true, true, []string{"beijing-sasac"}},
	} {
		p, ok := r.UltimateParent(tt.id, date(t, tt.at))
		if !ok || p.Ultimate.ID != tt.want || p.Certain != tt.certain || p.Reviewed != tt.reviewed {
			t.Errorf("UltimateParent(%s at %s) = %s certain %v reviewed %v, want %s %v %v", tt.id, tt.at, p.Ultimate.ID, p.Certain, p.Reviewed, tt.want, tt.certain, tt.reviewed)
		}
		diff(t, "control of "+tt.id, tt.control, ids(p.Control))
	}
	if _, ok := r.UltimateParent("nobody", date(t, "2026-11-22")); ok {
		t.Error("an unknown id has a parent")
	}
}

func TestUltimateParentCycle(t *testing.T) {
	r, err := Open(folder("organisations.csv", two+"c,Cedar SA,x,read\n", "ownership.csv", edgeHead+
		"a,b,60,equity,2010,,x,2026,read\nb,a,60,equity,2010,,x,2026,read\nb,c,51,division,2010,,x,2026,read\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := r.UltimateParent("c", date(t, "2026-11-22"))
	if !ok || p.Ultimate.ID != "a" || p.Certain || len(p.Path) != 2 {
		t.Errorf("UltimateParent in a cycle = %+v", p)
	}
}

func TestForce(t *testing.T) {
	for _, tt := range []struct {
		from, to, seen Date
		at             string
		want           Force
	}{
		{"2016", "", "2026", "2015-12-31", No},
		{"2016", "", "2026", "2016-06-30", Perhaps},
		{"2016", "", "2026", "2016-12-31", Yes},
		{"2016-02", "", "2026", "2016-02-28", Perhaps}, // a leap year
		{"2016-02", "", "2026", "2016-02-29", Yes},
		{"2016-02-01", "2018-03-05", "2026", "2018-03-04", Yes},
		{"2016-02-01", "2018-03-05", "2026", "2018-03-05", No}, // the first day without it
		{"2016-02-01", "2018-03", "2026", "2018-03-01", Perhaps},
		{"2016-02-01", "2018-03", "2026", "2018-03-31", No},
		{"", "", "2026-11-22", "2026-11-22", Yes},
		{"", "", "2026-11-22", "2026-11-21", Perhaps}, // a blank start is not "always"
		{"", "2018", "2026-11-22", "2017-01-01", Perhaps},
		{"", "2018", "2026-11-22", "2019-01-01", No},
		{"", "", "", "2026-11-22", Perhaps},
	} {
		e := Edge{From: tt.from, To: tt.to, Seen: tt.seen}
		if got := e.In(date(t, tt.at)); got != tt.want {
			t.Errorf("edge %q to %q seen %q at %s = %v, want %v", tt.from, tt.to, tt.seen, tt.at, got, tt.want)
		}
	}
}

func TestByName(t *testing.T) {
	r := open(t)
	for _, tt := range []struct {
		name, exact string
		possible    string // one id that must be among the possible
	}{
		{"华为技术有限公司", "huawei", ""},
		{"삼성디스플레이", "samsung-display", ""},
		{"삼성디스플레이 주식회사", "samsung-display", ""},
		{"株式会社ジャパンディスプレイ", "jdi", ""},
		{"Huawei", "huawei", ""},
		{"huawei technologies co ltd", "huawei", ""},
		{"HWUPKR0MPOU8FGXBT394", "apple", ""},
		{"ZTE Corp.", "zte", ""},
		{"BOE Technology Group", "boe", ""},
		{"ZTE Electronics GmbH", "", "zte"},
		{"ZTE GmbH", "", "zte"},
		{"BOC Technology Group", "", "boe"},
		{"Samsung Display Ltd", "samsung-display", ""},
		{"Avago", "avago", ""}, // its own short name, before Broadcom's alias
		{"Sony", "sony-group", ""},
		{"Sony Corporation", "sony-group", ""},
		{"Nonesuch Widgets", "", ""},
		{"", "", ""},
	} {
		m := r.ByName(tt.name)
		var exact string
		if m.Exact != nil {
			exact = m.Exact.ID
		}
		if exact != tt.exact || (exact == "") != (m.By == "") {
			t.Errorf("ByName(%q) = %q by %q, want %q", tt.name, exact, m.By, tt.exact)
		}
		found := tt.possible == ""
		for _, p := range m.Possible {
			found = found || p.Organisation.ID == tt.possible
			if p.Why == "" || p.Organisation.ID == exact {
				t.Errorf("ByName(%q): possible %s, %q", tt.name, p.Organisation.ID, p.Why)
			}
		}
		if !found {
			t.Errorf("ByName(%q): %s is not a possible match", tt.name, tt.possible)
		}
	}
}

// TestEveryNameIsItsOwn checks that each legal name leads to its organisation.
func TestEveryNameIsItsOwn(t *testing.T) {
	r := open(t)
	for _, o := range r.Organisations() {
		for _, name := range []string{o.ID, o.LegalName, strings.ToUpper(o.LegalName)} {
			if m := r.ByName(name); m.Exact != o {
				t.Errorf("ByName(%q) = %+v, want %s", name, m, o.ID)
			}
		}
	}
}

func TestFind(t *testing.T) {
	r := open(t)
	type found struct {
		Kind, Org string
		Possible  bool
		Force     Force
	}
	for _, tt := range []struct {
		q, at string
		want  []found
	}{
		{"TFA98xx", "2026-11-22", []found{{KindLine, "goodix", false, Yes}, {KindLine, "nxp", false, No}}},
		{"TFA98xx", "2018-06-01", []found{{KindLine, "nxp", false, Yes}, {KindLine, "goodix", false, No}}},
		{"nxp,tfa9895", "2018-06-01", []found{{KindPart, "nxp", false, No}, {KindLine, "nxp", false, Yes}, {KindLine, "goodix", false, No}}},
		{"arm,mali", "2026-11-22", []found{{KindPart, "", false, No}, {KindLine, "arm", false, Yes}}},                                        // a line of designs
		{"siliconmitus,sm5502-muic", "2026-11-22", []found{{KindPart, "silicon-mitus", false, No}, {KindLine, "silicon-mitus", false, Yes}}}, // not Qualcomm's SM####
		{"djn", "2026-11-22", []found{{KindOrganisation, "djn", false, No}, {KindPrefix, "djn", false, No}}},
		{"POCO", "2026-11-22", []found{{KindOrganisation, "xiaomi", false, No}, {KindBrand, "xiaomi", false, No}}},
		{"BOC Technology Group", "2026-11-22", []found{{KindOrganisation, "boe", true, No}}},
		{"ZTE Electronics GmbH", "2026-11-22", []found{{KindOrganisation, "zte", true, No}}},
		{"Nonesuch Widgets", "2026-11-22", nil},
		{"", "2026-11-22", nil},
	} {
		var got []found
		for _, m := range r.Find(tt.q, date(t, tt.at)) {
			f := found{Kind: m.Kind, Possible: m.Possible, Force: m.Force}
			if m.Organisation != nil {
				f.Org = m.Organisation.ID
			}
			if m.Why == "" || m.Found == "" || m.Source == "" && m.Organisation != nil {
				t.Errorf("Find(%q): %+v lacks found, why or source", tt.q, m)
			}
			got = append(got, f)
		}
		diff(t, "Find("+tt.q+" at "+tt.at+")", tt.want, got)
	}
}
