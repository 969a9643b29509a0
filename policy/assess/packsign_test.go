package assess

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/provenance/sign"
	"github.com/originbom/originbom/provenance/verify"
)

const handsetKeys = "../../testdata/handset/keys/"

var packDay = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// packFiles are a pack, a list and an included pack.
func packFiles() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"p/ours.yaml": file("id: ours\nversion: 1\ninclude: [../base.yaml]\nlists: {l: {file: l.csv}}\nrules:\n  - {id: A, on-unknown: fail, on-weak: fail, on-conflict: fail, deny: {on-list: l, roles: {manufacturer: required}}}\n"),
		"p/l.csv":     file("name\nListed Co\n"),
		"base.yaml":   file("id: base\nversion: 1\nrules:\n  - {id: B, on-unknown: fail, on-weak: fail, on-conflict: fail, require: {fact: manufacturer}}\n"),
		"trust.yaml":  file("boms: [{name: Maker, keys: [{file: maker.pub}]}]\npacks: [{name: Desk, keys: [{file: desk.pub, valid-from: 2026-01-01, valid-until: 2026-12-31}]}]\n"),
		"maker.pub":   {Data: readKey("test-maker.pub")}, "desk.pub": {Data: readKey("test-nordlys.pub")},
	}
}

func readKey(name string) []byte {
	data, err := os.ReadFile(handsetKeys + name)
	if err != nil {
		panic(err)
	}
	return data
}

// signed gives the bundle for a statement by a test key.
func signed(t *testing.T, statement []byte, key string) []byte {
	t.Helper()
	k, err := sign.LoadKey(key, readKey(key), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := sign.Attest(context.Background(), statement, sign.Method{Key: k})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// judgePacks reads ours.yaml and verifies what lies beside it.
func judgePacks(t *testing.T, fsys fs.FS, at time.Time) ([]policy.PackRecord, error) {
	t.Helper()
	ps, err := ReadPacks(fsys, ".", []string{"p/ours.yaml"})
	if err != nil {
		return nil, err
	}
	trust, err := ReadTrust(fsys, "trust.yaml")
	if err != nil {
		t.Fatal(err)
	}
	j := Judgement{Packs: ps, Trust: trust, VerifyAt: at}
	return j.packs()
}

func packStatementOf(t *testing.T, fsys fs.FS) []byte {
	t.Helper()
	ps, err := ReadPacks(fsys, ".", []string{"p/ours.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := PackStatement(ps[0])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What must not pass as the signature of a pack (the refusals of a BOM's
// signature, where they can happen here).
func TestPackSignature(t *testing.T) {
	fsys := packFiles()
	good := packStatementOf(t, fsys)
	edit := func(old, with string) []byte {
		out := strings.Replace(string(good), old, with, 1)
		if out == string(good) {
			t.Fatalf("%s is not in the statement", old)
		}
		return []byte(out)
	}
	var st struct {
		Subject []struct {
			Digest map[string]string `json:"digest"`
		} `json:"subject"`
	}
	if err := json.Unmarshal(good, &st); err != nil {
		t.Fatal(err)
	}
	file := st.Subject[0].Digest["sha256"]
	for name, c := range map[string]struct {
		statement []byte
		key       string
		at        time.Time
		change    func(fstest.MapFS)
		want      string // of the error, "" if it is signed
	}{
		"good":                          {statement: good},
		"another predicate type":        {statement: edit(PackPredicate, "https://cyclonedx.org/bom"), want: "predicateType"},
		"a key that may sign BOMs only": {statement: good, key: "test-maker.key", want: "does not let sign packs"},
		"a stranger's key":              {statement: good, key: "test-stranger.key", want: "does not let sign packs"},
		"a key before its time":         {statement: good, at: packDay.AddDate(-1, 0, 0), want: "valid"},
		"a key after its time":          {statement: good, at: packDay.AddDate(1, 0, 0), want: "valid"},
		"a digest in capitals":          {statement: edit(file, strings.ToUpper(file)), want: "lower-case"},
		"another file":                  {statement: edit(file, strings.Repeat("0", 64)), want: "Desk signed another file"},
		"another id":                    {statement: edit(`"id":"ours"`, `"id":"theirs"`), want: "Desk signed theirs"},
		"two subjects":                  {statement: edit(`"subject":[`, `"subject":[{"name":"x","digest":{"sha256":"`+strings.Repeat("1", 64)+`"}},`), want: "another file"},
		"another digest beside":         {statement: edit(`"sha256":"`+file+`"`, `"sha256":"`+file+`","sha512":"`+strings.Repeat("1", 128)+`"`), want: "another file"},
		"a changed pack":                {statement: good, change: func(f fstest.MapFS) { f["p/ours.yaml"].Data = append(f["p/ours.yaml"].Data, '\n') }, want: "another file"},
		"a changed list":                {statement: good, change: func(f fstest.MapFS) { f["p/l.csv"].Data = []byte("name\nOther Co\n") }, want: "lists and included packs of the digest"},
		"a changed included pack":       {statement: good, change: func(f fstest.MapFS) { f["base.yaml"].Data = append(f["base.yaml"].Data, '\n') }, want: "lists and included packs of the digest"},
		"an included pack's own bundle": {statement: good, change: func(f fstest.MapFS) { f["base.yaml.sigstore.json"] = &fstest.MapFile{Data: []byte("{}")} }, want: "base.yaml.sigstore.json: the signature of the pack is not accepted"},
		"an empty bundle":               {statement: good, change: func(f fstest.MapFS) { f["p/ours.yaml.sigstore.json"].Data = nil }, want: "not accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys, at := packFiles(), packDay
			key := "test-nordlys.key"
			if c.key != "" {
				key = c.key
			}
			if !c.at.IsZero() {
				at = c.at
			}
			fsys["p/ours.yaml.sigstore.json"] = &fstest.MapFile{Data: signed(t, c.statement, key)}
			if c.change != nil {
				c.change(fsys)
			}
			rec, err := judgePacks(t, fsys, at)
			if c.want == "" {
				if err != nil || rec[1].Signature.State != policy.SignatureSigned || rec[1].Signature.Signers[0].By != "Desk" || rec[0].IncludedBy != "ours" {
					t.Errorf("got %+v, %v", rec, err)
				}
				return
			}
			if err == nil || rec != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v; want %q", rec, err, c.want)
			}
		})
	}
}

// A bundle with a changed byte is refused, or means the same.
func TestPackSignatureFlips(t *testing.T) {
	fsys := packFiles()
	good := signed(t, packStatementOf(t, fsys), "test-nordlys.key")
	trust, err := ReadTrust(fsys, "trust.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ps, err := ReadPacks(fsys, ".", []string{"p/ours.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	j := Judgement{Packs: ps, Trust: trust, VerifyAt: packDay}
	accepted := 0
	try := func(bundle []byte) {
		ps[0].File.Bundle = bundle
		if rec, err := j.packs(); err == nil {
			accepted++
			if rec[1].Signature.Signers[0].By != "Desk" || rec[1].Digest != ps[0].Digest {
				t.Errorf("accepted as %+v", rec[1])
			}
		}
	}
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 1 << (i % 8)
		try(bad)
		if i%7 == 0 && i > 0 {
			try(good[:i])
		}
	}
	if accepted > 0 {
		t.Errorf("%d changed bundles were accepted", accepted)
	}
	try(good)
	if accepted != 1 {
		t.Error("the good bundle was not accepted")
	}
}

// Nobody's trust judges no signature, and says so; signed packs can be asked for.
func TestUnsignedPacks(t *testing.T) {
	ps, err := ReadPacks(packFiles(), ".", []string{"p/ours.yaml", "us-taa"})
	if err != nil {
		t.Fatal(err)
	}
	ps[0].File.Bundle = []byte("{}")
	j := Judgement{Packs: ps, VerifyAt: packDay}
	rec, err := j.packs()
	if err != nil || rec[1].Signature.State != policy.SignatureNotJudged || rec[2].Signature.State != "" || rec[2].Origin != policy.OriginEmbedded {
		t.Errorf("got %+v, %v", rec, err)
	}
	j.SignedPacks = true
	if _, err := j.packs(); err == nil || !strings.Contains(err.Error(), "only signed packs are to be judged by") {
		t.Errorf("got %v", err)
	}
	j.Trust, err = verify.TrustKey("maker.pub", readKey("test-maker.pub"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.packs(); err == nil || !strings.Contains(err.Error(), "names nobody who may sign packs") {
		t.Errorf("got %v", err)
	}
}
