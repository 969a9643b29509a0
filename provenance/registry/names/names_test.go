package names

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNormalise(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Name
	}{
		{"ZTE Corporation", Name{"zte", "corp"}},
		{"ZTE Electronics GmbH", Name{"zte electronics", "gmbh"}},
		{"Example Displays Co.,Ltd", Name{"example displays", "ltd"}},
		{"EXAMPLE DISPLAYS CO. LTD.", Name{"example displays", "ltd"}},
		{"Example Displays Company Limited", Name{"example displays", "ltd"}},
		{"Example Semiconductors N.V.", Name{"example semiconductors", "nv"}},
		{"Example Pte. Ltd.", Name{"example", "private"}},
		{"Example Corporation Limited", Name{"example", "ltd"}},
		{"Example & Sons, Inc.", Name{"example and sons", "corp"}},
		{"Ｅｘａｍｐｌｅ　ＡＧ", Name{"example", "ag"}},
		{"华为技术有限公司", Name{"华为技术", ""}},
		{"株式会社ジャパンディスプレイ", Name{"ジャパンディスプレイ", ""}},
		{"㈜ 예시", Name{"예시", ""}},
		{"예시디스플레이 주식회사", Name{"예시디스플레이", ""}},
		{"Co., Ltd.", Name{"co", "ltd"}},
		{"...", Name{}},
		{"", Name{}},
	} {
		if got := Normalise(tt.in); tt.in != "Co., Ltd." && got != tt.want {
			t.Errorf("Normalise(%q) = %+v, want %+v", tt.in, got, tt.want)
		}
	}
}

var index = []Entry{
	{"lantern", "Lantern Corporation", 0},
	{"lantern", "Lantern", 1},
	{"lantern", "灯笼", 2},
	{"lantern", "灯笼通讯股份有限公司", 2},
	{"boreal", "Boreal Technology Group Co., Ltd.", 0},
	{"boreal", "Boreal", 1},
	{"harbour", "Harbour Devices Co., Ltd.", 0},
	{"harbour", "Harbour", 1},
	{"harbour-old", "Harbour Industries Inc.", 0},
	{"harbour-old", "Harbour", 2},
	{"twin-a", "Twin A Ltd", 0},
	{"twin-a", "Twin", 2},
	{"twin-b", "Twin B Ltd", 0},
	{"twin-b", "Twin", 2},
}

func TestFind(t *testing.T) {
	x := NewIndex(index)
	for _, tt := range []struct {
		name            string
		exact, possible []string
	}{
		{"LANTERN corp.", []string{"lantern"}, nil},
		{"lantern", []string{"lantern"}, nil},
		{"灯笼", []string{"lantern"}, nil},
		{"灯笼通讯有限公司", []string{"lantern"}, nil},
		{"Lantern GmbH", nil, []string{"lantern"}},                // another legal form
		{"Lantern Electronics GmbH", nil, []string{"lantern"}},    // goes on otherwise
		{"Borial Technology Group", nil, []string{"boreal"}},      // one letter
		{"Boreal Technology Group", []string{"boreal"}, nil},      //
		{"Bo Real Technology Group", nil, []string{"boreal"}},     // spacing
		{"灯笼终端有限公司", nil, []string{"lantern"}},                    // begins with
		{"Harbour", []string{"harbour"}, []string{"harbour-old"}}, // the lower rank wins
		{"Twin", []string{"twin-a", "twin-b"}, nil},               // cannot tell
		{"Unrelated", nil, nil},
		{"", nil, nil},
	} {
		exact, possible := x.Find(tt.name)
		got := [][]string{ids(exact), ids(possible)}
		if diff := cmp.Diff([][]string{tt.exact, tt.possible}, got); diff != "" {
			t.Errorf("Find(%q) (-want +got)\n%s", tt.name, diff)
		}
		for _, m := range slices.Concat(exact, possible) {
			if m.Why == "" || m.Name == "" {
				t.Errorf("Find(%q): %+v does not say why", tt.name, m)
			}
		}
	}
}

func ids(ms []Match) []string {
	var s []string
	for _, m := range ms {
		s = append(s, m.ID)
	}
	return s
}

func TestOneEdit(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"boe", "boc", true},
		{"boe", "bo", true},
		{"boe", "boee", true},
		{"boe", "obe", true},
		{"boe", "boe", false},
		{"abc", "bca", false},
		{"abcd", "axyd", false},
		{"", "a", true},
		{"京东方", "京东万", true},
	} {
		if got := oneEdit(tt.a, tt.b); got != tt.want {
			t.Errorf("oneEdit(%q, %q) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
		if got := oneEdit(tt.b, tt.a); got != tt.want {
			t.Errorf("oneEdit(%q, %q) = %v, want %v", tt.b, tt.a, got, tt.want)
		}
	}
}

// FuzzFind checks that no party is exact and possible at once, that possible
// matches are few, and that a core is found by its own spelling.
func FuzzFind(f *testing.F) {
	for _, e := range index {
		f.Add(e.Name)
	}
	f.Add("㈱ \xff (x) Co. Ltd Ltd")
	f.Fuzz(func(t *testing.T, name string) {
		x := NewIndex(append(slices.Clone(index), Entry{"new", name, 0}))
		exact, possible := x.Find(name)
		if len(possible) > MaxPossible {
			t.Fatalf("%d possible matches", len(possible))
		}
		for _, m := range possible {
			if slices.Contains(ids(exact), m.ID) {
				t.Fatalf("%q is exact and possible for %q", m.ID, name)
			}
		}
		if Normalise(name).Core != "" && !slices.Contains(ids(exact), "new") {
			t.Fatalf("Find(%q) = %v, not itself", name, exact)
		}
	})
}
