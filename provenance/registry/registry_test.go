package registry

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestEmbedded checks the files that ship: they load (so no edge dangles, dates
// parse, LEIs check), and every record has a source.
func TestEmbedded(t *testing.T) {
	r := open(t)
	if n := len(r.Organisations()); n < 400 {
		t.Errorf("%d organisations, want at least 400", n)
	}
	leis := 0
	for _, o := range r.Organisations() {
		if o.Source == "" {
			t.Errorf("organisation %s has no source", o.ID)
		}
		if o.Reviewed && (o.Source == "general knowledge" || !o.Read("legal_name")) {
			t.Errorf("organisation %s is reviewed without a source that was read", o.ID)
		}
		if o.LEI != "" {
			leis++
		}
	}
	if leis < 20 {
		t.Errorf("%d LEIs, want at least 20", leis)
	}
	for _, e := range r.t.edges {
		if e.Source == "" || e.Seen == "" {
			t.Errorf("edge %s over %s has no source or no date of it", e.Owner, e.Owned)
		}
		if e.Reviewed && e.Source == "general knowledge" {
			t.Errorf("edge %s over %s is reviewed without a source", e.Owner, e.Owned)
		}
	}
	for _, l := range r.t.lines {
		if l.Source == "" || l.Reviewed && l.Source == "general knowledge" {
			t.Errorf("line %s: source %q, reviewed %v", l.Pattern, l.Source, l.Reviewed)
		}
		for _, p := range l.prefixes {
			if p != strings.ToLower(p) {
				t.Errorf("line %s: prefix %q has capitals", l.Pattern, p)
			}
		}
	}
	for _, u := range r.t.rules {
		if _, ok := r.Prefix(u.Prefix); !ok {
			t.Errorf("rule %s,%s is for a prefix that is not listed", u.Prefix, u.Glob)
		}
	}
	for _, f := range r.t.sources {
		if f.Source == "" {
			t.Errorf("the source of %s %s is blank", f.Org, f.Field)
		}
	}
}

// TestEmbeddedDates checks that no two owners hold more than half by title on
// one day, unless a date between them is not known well.
func TestEmbeddedDates(t *testing.T) {
	r := open(t)
	for _, o := range r.Organisations() {
		for _, year := range []string{"2012-06-30", "2016-06-30", "2018-06-30", "2020-06-30", "2022-06-30", "2024-06-30", "2026-11-22"} {
			at := date(t, year)
			var owners []string
			for _, e := range r.Owners(o.ID, at) {
				if e.Title() && e.In(at) == Yes {
					owners = append(owners, e.Owner)
				}
			}
			if len(owners) > 1 {
				t.Errorf("%s at %s is owned by %v", o.ID, year, owners)
			}
		}
	}
}

const (
	orgHead  = "id,legal_name,source,confidence\n"
	edgeHead = "owner_id,owned_id,share_percent,kind,from,to,source,seen,confidence\n"
	two      = orgHead + "a,Alder AG,https://alder.example,read\nb,Birch Ltd,https://birch.example,read\n"
)

func folder(files ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

// TestOpenRefuses: every problem is an error that names file, line and remedy.
func TestOpenRefuses(t *testing.T) {
	orgs := func(more string) fstest.MapFS { return folder("organisations.csv", two+more) }
	edge := func(e string) fstest.MapFS { return folder("organisations.csv", two, "ownership.csv", edgeHead+e) }
	for _, tt := range []struct {
		name  string
		files fstest.MapFS
		want  string
	}{
		{"empty", folder(), "organisations.csv: is missing"},
		{"misspelt file", folder("organizations.csv", two), "organizations.csv: is no file of a registry; the files are"},
		{"misspelt column", folder("organisations.csv", "id,legal_name,sauce,confidence\n"), `line 1: column "sauce" is not known; the columns are id,`},
		{"missing column", folder("organisations.csv", "id,legal_name,source\n"), `column "confidence" is missing`},
		{"column twice", folder("organisations.csv", "id,id\n"), `column "id" stands there twice`},
		{"no source", orgs("c,Cedar SA,,read\n"), "organisations.csv: line 4: source is blank"},
		{"confidence", orgs("c,Cedar SA,x,sure\n"), `line 4: confidence is "sure"; write one of read,`},
		{"id", orgs("C d,Cedar SA,x,read\n"), "line 4: id is"},
		{"id twice", orgs("a,Alder AG,x,read\n"), "line 4: row repeats line 2"},
		{"fields", orgs("c\n"), "organisations.csv: record on line 4: wrong number of fields"},
		{"control", orgs("c,Ce\x1b[31mdar,x,read\n"), "line 4: legal_name holds a control character"},
		{"utf-8", orgs("c,\xff,x,read\n"), "organisations.csv: is not UTF-8"},
		{"long", orgs("c," + strings.Repeat("x", maxField+1) + ",x,read\n"), "line 4: legal_name has more than"},
		{"lei", folder("organisations.csv", "id,legal_name,lei,source,confidence\na,Alder AG,HWUPKR0MPOU8FGXBT395,x,read\n"), "check digits are wrong"},
		{"country", folder("organisations.csv", "id,legal_name,headquarters_country,source,confidence\na,Alder AG,Korea,x,read\n"), `headquarters_country is "Korea"; write an ISO 3166 code`},
		{"dangling", edge("a,z,60,equity,,,x,2026,read\n"), `ownership.csv: line 2: owned_id is "z", which is no organisation; add it`},
		{"itself", edge("a,a,60,equity,,,x,2026,read\n"), "line 2: owned_id is the owner itself"},
		{"share", edge("a,b,160,equity,,,x,2026,read\n"), `share_percent is "160"`},
		{"share zero", edge("a,b,0,equity,,,x,2026,read\n"), `share_percent is "0"`},
		{"share NaN", edge("a,b,NaN,equity,,,x,2026,read\n"), `share_percent is "NaN"`},
		{"kind", edge("a,b,60,owns,,,x,2026,read\n"), `kind is "owns"; write one of equity`},
		{"date", edge("a,b,60,equity,2016-13,,x,2026,read\n"), `from is "2016-13"; write a year`},
		{"order", edge("a,b,60,equity,2016,2015,x,2026,read\n"), `to is "2015", before from "2016"`},
		{"glob", folder("organisations.csv", two, "product_lines.csv", "pattern,globs,org_id,source,confidence\nX#,x*y,a,x,read\n"), `globs holds "x*y", which has a * in its middle`},
		{"maker of nothing", folder("organisations.csv", two, "prefixes.csv", "prefix,role,source,confidence\nx,maker,x,read\n"), "org_id is blank though the role is maker"},
		{"category", folder("organisations.csv", two, "prefix_rules.csv", "prefix,glob,categories,why,source,confidence\nx,*,screen,w,x,read\n"), `categories holds "screen"`},
	} {
		r, err := Open(tt.files)
		if err == nil || !strings.Contains(err.Error(), tt.want) || r != nil {
			t.Errorf("%s: Open = %v, %v, want an error with %q", tt.name, r, err, tt.want)
		}
	}
	_, err := Open(orgs("c,Cedar SA,,read\n"))
	_, err2 := Open(folder("organisations.csv", two+"c,,x,read\n", "ownership.csv", edgeHead+"a,b,x,equity,,,x,2026,read\n"))
	if err == nil || err2 == nil || !strings.Contains(err2.Error(), "ownership.csv: line 2") || !strings.Contains(err2.Error(), "organisations.csv: line 4") {
		t.Errorf("problems of two files are not reported together: %v", err2)
	}
}

func TestWith(t *testing.T) {
	r := open(t)
	digest := r.Digest()
	w, err := r.With(folder(
		"organisations.csv", "\ufeff"+orgHead+"goodix,Renamed Touch Co. Ltd.,https://registry.example,read\nlumen,Lumen Displays Ltd,https://lumen.example,read\n",
		"ownership.csv", edgeHead+"lumen,goodix,75,equity,2026-01-01,,https://lumen.example,2026-11-20,read\n",
		"product_lines.csv", "pattern,prefixes,globs,org_id,from,source,confidence\nTFA98xx,nxp|goodix,tfa98##*,lumen,2026-06-01,https://lumen.example,read\n",
		"prefixes.csv", "prefix,org_id,role,source,confidence\nlumen,lumen,maker,https://lumen.example,read\n",
		"prefix_rules.csv", "prefix,glob,why,org_id,source,confidence\nglobaltop,*,they said so,lumen,https://lumen.example,read\n",
	))
	if err != nil {
		t.Fatal(err)
	}
	at := date(t, "2026-11-22")
	if o, _ := w.Organisation("goodix"); o.LegalName != "Renamed Touch Co. Ltd." {
		t.Errorf("goodix is %q, want the user's record", o.LegalName)
	}
	if p, _ := w.UltimateParent("goodix", at); p.Ultimate.ID != "lumen" || !p.Certain || !p.Reviewed {
		t.Errorf("parent of goodix = %+v, want lumen", p)
	}
	if a, ok := w.Maker("lumen", "anything", "", at); !ok || a.Org.ID != "lumen" {
		t.Errorf("Maker(lumen) = %+v", a)
	}
	if a, ok := w.Maker("globaltop", "pa6h", "", at); !ok || a.Org.ID != "lumen" {
		t.Errorf("the user's rule does not come first: %+v", a)
	}
	if m := w.ByName("Lumen Displays Limited"); m.Exact == nil || m.Exact.ID != "lumen" {
		t.Errorf("ByName(Lumen Displays Limited) = %+v", m)
	}
	// Two owners of one line on one day: nobody is named.
	if a, ok := w.Maker("nxp", "tfa9895", "", at); ok || !strings.Contains(a.Why, "both fit") {
		t.Errorf("Maker with two lines in force = %+v, %v", a, ok)
	}
	if w.Digest() == digest || r.Digest() != digest || len(digest) != 64 {
		t.Errorf("digests %s and %s", digest, w.Digest())
	}
	if o, _ := r.Organisation("goodix"); o.LegalName == "Renamed Touch Co. Ltd." {
		t.Error("With changed the registry below")
	}
	if _, err := r.With(folder("README.md", "x")); err == nil {
		t.Error("With takes a folder that holds no file of a registry")
	}
	if _, err := r.With(folder("ownership.csv", edgeHead+"nobody,goodix,75,equity,,,x,2026,read\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("With takes a dangling edge: %v", err)
	}
}

func TestDigest(t *testing.T) {
	a, err := Open(folder("organisations.csv", two))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(folder("organisations.csv", two, "notes.txt", "not part of it"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Open(folder("organisations.csv", two+"c,Cedar SA,x,read\n"))
	if err != nil {
		t.Fatal(err)
	}
	if a.Digest() != b.Digest() || a.Digest() == c.Digest() {
		t.Errorf("digests %s, %s, %s: want the first two equal", a.Digest(), b.Digest(), c.Digest())
	}
}

// FuzzOpen checks that a registry that loads has no dangling id and answers
// about each of its organisations.
func FuzzOpen(f *testing.F) {
	f.Add(two, edgeHead+"a,b,60,equity,2016,2017-05,x,2026,read\nb,a,,control,,,x,2026,general-knowledge\n")
	f.Add(orgHead, "")
	f.Add("\ufeffid,legal_name,source,confidence\r\na,\"x\"\"y\",s,read\r\n", edgeHead)
	f.Fuzz(func(t *testing.T, orgs, edges string) {
		r, err := Open(folder("organisations.csv", orgs, "ownership.csv", edges))
		if err != nil {
			if r != nil {
				t.Fatal("a registry with an error")
			}
			return
		}
		for _, o := range r.Organisations() {
			p, ok := r.UltimateParent(o.ID, date(t, "2020-06-01"))
			if !ok || p.Ultimate == nil || len(p.Path) > len(r.orgs) {
				t.Fatalf("UltimateParent(%q) = %+v, %v", o.ID, p, ok)
			}
			if m := r.ByName(o.ID); m.Exact != o {
				t.Fatalf("ByName(%q) = %+v", o.ID, m)
			}
		}
	})
}

func TestValidLEI(t *testing.T) {
	for lei, want := range map[string]bool{
		"HWUPKR0MPOU8FGXBT394": true, "5493006MHB84DD0ZWV18": true,
		"HWUPKR0MPOU8FGXBT395": false, "hwupkr0mpou8fgxbt394": false, "": false, "HWUPKR0MPOU8FGXBT39": false,
	} {
		if got := validLEI(lei); got != want {
			t.Errorf("validLEI(%q) = %v, want %v", lei, got, want)
		}
	}
}

func ids(es []Edge) []string {
	var s []string
	for _, e := range es {
		s = append(s, e.Owner)
	}
	slices.Sort(s)
	return s
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got)\n%s", what, d)
	}
}
