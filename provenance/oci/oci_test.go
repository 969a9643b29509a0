package oci_test

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/originbom/originbom/provenance/oci"
)

const bomPredicate = "https://cyclonedx.org/bom"

// serve runs a registry on loopback; change may alter its answers.
func serve(t *testing.T, change func(http.Handler) http.Handler) string {
	t.Helper()
	h := registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0)))
	if change != nil {
		h = change(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return "oci://" + strings.TrimPrefix(s.URL, "http://") + "/phone/boms"
}

func parse(t *testing.T, address string) oci.Reference {
	t.Helper()
	r, err := oci.Parse(address, false)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestStoreAndFetch: a BOM of its own, one beside a firmware, two signers, and
// a statement of another kind.
func TestStoreAndFetch(t *testing.T) {
	ctx := context.Background()
	repo := parse(t, serve(t, nil))
	bom, other := []byte(`{"bomFormat":"CycloneDX"}`), []byte(`{"bomFormat":"CycloneDX","version":2}`)
	would, err := oci.WouldStore(repo, bom)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := oci.StoreBOM(ctx, repo, bom)
	if err != nil || stored != would {
		t.Fatalf("stored %s, said %s, %v", stored, would, err)
	}
	for _, b := range []struct{ data, typ string }{{`{"a":1}`, bomPredicate}, {`{"b":1}`, bomPredicate}, {`{"c":1}`, "https://slsa.dev/provenance/v1"}} {
		if _, err := oci.AttachBundle(ctx, stored, []byte(b.data), b.typ); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := oci.StoreBOM(ctx, stored, other); err != nil { // beside it
		t.Fatal(err)
	}
	got, err := oci.Fetch(ctx, stored)
	if err != nil {
		t.Fatal(err)
	}
	var data []string
	for _, f := range append(got.BOMs, got.Bundles...) {
		data = append(data, string(f.Data)+f.PredicateType)
	}
	want := map[string]bool{
		string(bom): true, string(other): true,
		`{"a":1}` + bomPredicate: true, `{"b":1}` + bomPredicate: true, `{"c":1}https://slsa.dev/provenance/v1`: true,
	}
	found := map[string]bool{}
	for _, d := range data {
		found[d] = true
	}
	if d := cmp.Diff(want, found); d != "" || len(data) != 5 || string(got.BOMs[0].Data) != string(bom) {
		t.Errorf("%d files: %s", len(data), d)
	}
}

func TestParseRefuses(t *testing.T) {
	d := strings.Repeat("a", 64)
	for _, tt := range []struct{ address, want string }{
		{"registry.example/x@sha256:" + d, "is not an address in a registry"},
		{"https://registry.example/x@sha256:" + d, "is not an address in a registry"},
		{"oci://registry.example/x:latest", "without a tag"},
		{"oci://registry.example/x:latest@sha256:" + d, "without a tag"},
		{"oci://registry.example/x@sha256:" + d[1:], "is not sha256: and 64 lower-case hex digits"},
		{"oci://registry.example/x@sha256:" + strings.ToUpper(d), "is not sha256: and 64 lower-case hex digits"},
		{"oci://registry.example/x@sha512:" + d + d, "is not sha256: and 64 lower-case hex digits"},
		{"oci://x@sha256:" + d, "oci://HOST/REPO"},
		{"oci://", "oci://HOST/REPO"},
	} {
		if r, err := oci.Parse(tt.address, false); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %s, %v, want %s", tt.address, r, err, tt.want)
		}
	}
	if _, err := oci.Fetch(context.Background(), parse(t, "oci://registry.example/x")); err == nil || !strings.Contains(err.Error(), "a tag may be moved") {
		t.Errorf("got %v", err)
	}
}

// TestHostileRegistry: whoever runs the registry can withhold, and nothing else.
func TestHostileRegistry(t *testing.T) {
	bom := []byte(`{"bomFormat":"CycloneDX"}`)
	for _, tt := range []struct {
		name   string
		change func(w http.ResponseWriter, r *http.Request, next http.Handler)
		want   string
	}{
		{"another manifest", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			rewrite(w, r, next, "/manifests/", "vnd.cyclonedx", "vnd.cyclonedy")
		}, "oci://"},
		{"another layer", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			rewrite(w, r, next, "/blobs/", "CycloneDX", "CycloneDY")
		}, "oci://"},
		{"an endless layer", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
				_, _ = w.Write(bytes.Repeat([]byte(" "), 1<<20))
				return
			}
			next.ServeHTTP(w, r)
		}, "oci://"},
		{"an endless manifest", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/manifests/") {
				w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
				_, _ = w.Write(bytes.Repeat([]byte(" "), 5<<20))
				return
			}
			next.ServeHTTP(w, r)
		}, "longer than the limit"},
		{"no answer", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/manifests/") {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			next.ServeHTTP(w, r)
		}, "503"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address := serve(t, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tt.change(w, r, next) })
			})
			ref, err := oci.StoreBOM(context.Background(), parse(t, address), bom)
			if err != nil {
				t.Fatal(err)
			}
			got, err := oci.Fetch(context.Background(), ref)
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(got.BOMs) > 0 {
				t.Errorf("got %d BOMs, %v, want %s", len(got.BOMs), err, tt.want)
			}
		})
	}
}

// rewrite changes the answers to GET of a kind of address.
func rewrite(w http.ResponseWriter, r *http.Request, next http.Handler, kind, old, repl string) {
	if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, kind) {
		next.ServeHTTP(w, r)
		return
	}
	rec := httptest.NewRecorder()
	next.ServeHTTP(rec, r)
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(bytes.ReplaceAll(rec.Body.Bytes(), []byte(old), []byte(repl)))
}

// FuzzParse: what is taken is written back as an address that means the same.
func FuzzParse(f *testing.F) {
	f.Add("oci://registry.example/x@sha256:" + strings.Repeat("a", 64))
	f.Add("oci://127.0.0.1:5000/phone/boms")
	f.Add("oci://registry.example/x:tag")
	f.Fuzz(func(t *testing.T, address string) {
		r, err := oci.Parse(address, false)
		if err != nil {
			if r != (oci.Reference{}) {
				t.Error("an error came with a reference")
			}
			return
		}
		again, err := oci.Parse(r.String(), false)
		if err != nil || again != r {
			t.Errorf("%q is %s, then %s, %v", address, r, again, err)
		}
	})
}
