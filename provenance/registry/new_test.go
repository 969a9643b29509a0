package registry

import (
	"strings"
	"testing"
)

func TestNew(t *testing.T) {
	orgs := []Organisation{{ID: "a", LegalName: "Alder AG"}, {ID: "b", LegalName: "Birch Ltd"}}
	r, err := New(orgs, []Edge{{Owner: "a", Owned: "b", Share: 60, From: "2020"}})
	if err != nil {
		t.Fatal(err)
	}
	orgs[0].LegalName = "changed by the caller"
	if p, ok := r.UltimateParent("b", date(t, "2021-01-01")); !ok || p.Ultimate.LegalName != "Alder AG" {
		t.Errorf("parent of b = %+v, want Alder AG", p)
	}
	if m := r.ByName("Birch Limited"); m.Exact == nil || m.Exact.ID != "b" {
		t.Errorf("ByName(Birch Limited) = %+v", m)
	}
	for want, e := range map[string]Edge{
		`"z" is no organisation`: {Owner: "z", Owned: "b"},
		`"y" is no organisation`: {Owner: "a", Owned: "y"},
		`date "soon"`:            {Owner: "a", Owned: "b", From: "soon"},
	} {
		if r, err := New(orgs, []Edge{e}); r != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New = %v, %v, want %s", r, err, want)
		}
	}
	if _, err := New(append(orgs, Organisation{ID: "a"}), nil); err == nil {
		t.Error("New takes an id twice")
	}
}
