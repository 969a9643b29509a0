package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/sbom/strictjson"
)

func TestAccepts(t *testing.T) {
	for _, in := range []string{
		`{}`, `[]`, `null`, ` true `, `false`, `0`, `-0`, `1.5e-3`, `12345678901234567890`, `""`,
		`"\ud83d\ude00 \u0041\n"`, `"😀"`, "{\r\n\t\"a\": [1, {\"a\": 2}]\n}",
		`{"a":1,"b":{"a":1,"A1":2}}`, `[{"a":1},{"a":1}]`, `{"":1," ":2}`,
	} {
		if err := strictjson.Check([]byte(in), nil); err != nil {
			t.Errorf("Check(%s) = %v", in, err)
		}
	}
}

// TestRefuses shows each refusal with the place that it names.
func TestRefuses(t *testing.T) {
	small := &strictjson.Limits{MaxBytes: 40, MaxDepth: 3}
	for _, tt := range []struct {
		name, in string
		lim      *strictjson.Limits
		want     string
	}{
		{"empty", "", nil, `line 1, column 1: the text ends where a value is expected: the file may be cut short`},
		{"duplicate key", "{\"x\":\n {\"country\":\"KR\",\n  \"country\":\"XX\"}}", nil, `line 3, column 3: at /x: key "country" occurs twice in one object: keep one of the two`},
		{"duplicate key, escaped", `{"a":1,"\u0061":2}`, nil, `line 1, column 8: key "a" occurs twice in one object: keep one of the two`},
		{"case variant", `[{"name":1,"Name":2}]`, nil, `line 1, column 12: at /0: keys "name" and "Name" of one object differ only in case: keep one of the two`},
		{"case variant, Kelvin sign", "{\"k\":1,\"\u212a\":2}", nil, "line 1, column 8: keys \"k\" and \"\u212a\" of one object differ only in case: keep one of the two"},
		{"case variant, long s", "{\"subject\":1,\"\u017fubject\":2}", nil, "line 1, column 14: keys \"subject\" and \"\u017fubject\" of one object differ only in case: keep one of the two"},
		{"depth", `[[[[1]]]]`, small, `line 1, column 4: at /0/0/0: nested deeper than 3 levels`},
		{"size", `"` + strings.Repeat("x", 40) + `"`, small, `line 1, column 1: 42 bytes are more than the limit of 40`},
		{"byte order mark", "\xef\xbb\xbf{}", nil, `line 1, column 1: the text starts with a byte order mark: save it as UTF-8 without one`},
		{"invalid UTF-8", "[\"\xff\"]", nil, `line 1, column 3: at /0: a string is not valid UTF-8: save the file as UTF-8`},
		{"encoded surrogate", "[\"\xed\xa0\x80\"]", nil, `line 1, column 3: at /0: a string is not valid UTF-8: save the file as UTF-8`},
		{"high surrogate alone", `["\ud83d"]`, nil, `line 1, column 3: at /0: a string holds half of a surrogate pair: write the character itself`},
		{"low surrogate first", `["\ude00\ud83d"]`, nil, `line 1, column 3: at /0: a string holds half of a surrogate pair: write the character itself`},
		{"surrogate key", `{"\udead":1}`, nil, `line 1, column 3: a string holds half of a surrogate pair: write the character itself`},
		{"trailing document", `{} {}`, nil, `line 1, column 4: data follows the document: keep one JSON document in a file`},
		{"trailing comma", `[1,]`, nil, `line 1, column 4: at /1: ']' stands where a value is expected`},
		{"trailing comma in object", `{"a":1,}`, nil, `line 1, column 8: at /a: '}' stands where a key in quotes is expected`},
		{"comment", `{/**/}`, nil, `line 1, column 2: '/' stands where a key in quotes is expected`},
		{"no colon", `{"a" 1}`, nil, `line 1, column 6: at /a: '1' stands where a colon is expected`},
		{"no comma", `[1 2]`, nil, `line 1, column 4: at /0: '2' stands where a comma or ] is expected`},
		{"leading zero", `[01]`, nil, `line 1, column 3: at /0: '1' stands where a comma or ] is expected`},
		{"plus", `+1`, nil, `line 1, column 1: '+' stands where a value is expected`},
		{"bare point", `1.`, nil, `line 1, column 3: the text ends where a digit is expected: the file may be cut short`},
		{"bare exponent", `1e`, nil, `line 1, column 3: the text ends where a digit is expected: the file may be cut short`},
		{"number out of range", `[1e999]`, nil, `line 1, column 2: at /0: a number is out of the range of a float64: write it as a string`},
		{"NaN", `NaN`, nil, `line 1, column 1: 'N' stands where a value is expected`},
		{"truncated literal", `tru`, nil, `line 1, column 1: 't' stands where a value is expected`},
		{"unclosed string", `"abc`, nil, `line 1, column 5: the text ends inside a string`},
		{"control character", "\"a\nb\"", nil, `line 1, column 3: control character U+000A stands in a string: escape it`},
		{"bad escape", `"\x41"`, nil, `line 1, column 2: unknown escape in a string: known are \" \\ \/ \b \f \n \r \t \u`},
		{"short escape", `"\u12"`, nil, `line 1, column 2: \u is not followed by four hex digits`},
		{"pointer with terminal codes", `{"\u001b[31m":[x]}`, nil, `line 1, column 16: at "/\x1b[31m/0": 'x' stands where a value is expected`},
		{"pointer is escaped, columns count characters", `{"é/~":{"a":1,"a":2}}`, nil, `line 1, column 15: at /é~1~0: key "a" occurs twice in one object: keep one of the two`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := strictjson.Check([]byte(tt.in), tt.lim)
			var e *strictjson.Error
			if !errors.As(err, &e) {
				t.Fatalf("Check = %v, want a *strictjson.Error", err)
			}
			if got := err.Error(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestManyKeys crosses from comparing keys to the map, with objects inside.
func TestManyKeys(t *testing.T) {
	object := func(n int, last string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"key%d":{"key0":0},`, i)
		}
		return "{" + b.String() + `"` + last + `":0}`
	}
	for _, n := range []int{1, 15, 16, 17, 18, 100} {
		if err := strictjson.Check([]byte(object(n, "other")), nil); err != nil {
			t.Errorf("%d keys: %v", n, err)
		}
		for i := range n {
			if strictjson.Check([]byte(object(n, fmt.Sprintf("KEY%d", i))), nil) == nil {
				t.Errorf("%d keys: clash with key %d not found", n, i)
			}
		}
	}
}

func TestWalk(t *testing.T) {
	const in = `{
 "components": [
  {
   "bom-ref": "a", "x": {"y": 1}
  },
  { "name": "N",
    "bom-ref": "b" } ]
}`
	var got []string
	err := strictjson.Walk([]byte(in), nil, func(m *strictjson.Member) error {
		got = append(got, fmt.Sprintf("%s line %d object %d depth %d %s", m.Pointer(), m.Line, m.Object, m.Depth, m.Key))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"/components/0/bom-ref line 4 object 3 depth 3 bom-ref",
		"/components/0/x/y line 4 object 4 depth 4 y",
		"/components/0/x line 4 object 3 depth 3 x",
		"/components/1/name line 6 object 6 depth 3 name",
		"/components/1/bom-ref line 7 object 6 depth 3 bom-ref",
		"/components line 2 object 1 depth 1 components",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	lines, err := strictjson.Lines([]byte(in), nil, "bom-ref")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]int{"a": 3, "b": 6}, lines); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestWalkStops(t *testing.T) {
	stop := errors.New("stop")
	err := strictjson.Walk([]byte(`{"a":1,"b":`), nil, func(*strictjson.Member) error { return stop })
	if err != stop {
		t.Errorf("got %v, want the visitor's error", err)
	}
}

// FuzzCheck: what Check accepts, encoding/json accepts, and encoding it again
// keeps every key in its place.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{
		`{"a":{"b":[1,{"c":null}]},"A2":"\u00e9"}`, `{"a":1,"a":2}`, `{"k":1,"\u212a":2}`, `["\ud800"]`,
		`[1e400]`, `{"":{"/":{"~":1}}}`, "[\"\xff\"]", ` 1 `, `{"<":"&","\u2028":1}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if strictjson.Check(data, nil) != nil {
			return
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatalf("accepted, but encoding/json says %v", err)
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(pointers(t, data), pointers(t, again)); d != "" {
			t.Errorf("keys changed: %s", d)
		}
	})
}

func pointers(t *testing.T, data []byte) []string {
	t.Helper()
	var ps []string
	err := strictjson.Walk(data, nil, func(m *strictjson.Member) error {
		ps = append(ps, m.Pointer())
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	slices.Sort(ps)
	return ps
}

func BenchmarkCheck(b *testing.B) {
	doc := []byte(`[` + strings.Repeat(`{"bom-ref":"a","type":"library","name":"libexample","hashes":[{"alg":"SHA-256","content":"00"}]},`, 20000) + `0]`)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if err := strictjson.Check(doc, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLinear guards against time that grows faster than the input: one object
// with very many keys, and one key repeated at every depth.
func TestLinear(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("{")
	for i := range 50_000 {
		fmt.Fprintf(&b, `"k%d":%d,`, i, i)
	}
	b.WriteString(`"last":0}`)
	if err := strictjson.Check(b.Bytes(), nil); err != nil {
		t.Error(err)
	}
	deep := []byte(strings.Repeat(`{"a":`, 5000) + "0" + strings.Repeat("}", 5000))
	if err := strictjson.Check(deep, &strictjson.Limits{MaxDepth: strictjson.DeepestDepth}); err != nil {
		t.Error(err)
	}
}
