package country

import (
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/language"
	xdisplay "golang.org/x/text/language/display"
)

func TestParse(t *testing.T) {
	for code, saids := range map[string][]string{
		"KR":    {"KR", "kr", "KOR", "South Korea", "SOUTH KOREA", "Republic of Korea", "Korea, Republic of", "Korea (South)", "ROK", "S. Korea", "대한민국", "한국", "남한", "韩国", "韓國", "韓国", "大韓民国", " KR ", "Made in Korea (KR)", "Korea (KR)", "KR - South Korea", "KR, Korea", "한국산", "韓国製", "원산지: 대한민국", "ＫＲ"},
		"KP":    {"KP", "PRK", "North Korea", "DPRK", "조선", "朝鲜", "北朝鮮", "북한", "Korea, Democratic People's Republic of", "Korea (KP)"},
		"CN":    {"CN", "CHN", "China", "PRC", "P.R.C.", "P.R. China", "Mainland China", "People’s Republic of China", "中国", "中國", "중국", "Made in China", "MADE IN PRC", "中国製", "中国制造", "China (CN)"},
		"HK":    {"HK", "HKG", "Hong Kong", "Hong Kong SAR China", "Hong Kong, China", "香港", "홍콩", "中国香港"},
		"MO":    {"MO", "Macau", "Macao", "澳門", "마카오", "マカオ"},
		"TW":    {"TW", "TWN", "Taiwan", "Taiwan, Province of China", "Taiwan (R.O.C.)", "Chinese Taipei", "台灣", "臺灣", "台湾", "中国台湾", "대만"},
		"US":    {"US", "us", "USA", "U.S.A.", "United States", "United States of America", "The United States", "미국", "美国", "アメリカ合衆国", "米国"},
		"JP":    {"JP", "JPN", "Japan", "일본", "日本", "日本製"},
		"VN":    {"VN", "Viet Nam", "Vietnam", "베트남", "越南", "ベトナム"},
		"GB":    {"GB", "United Kingdom", "Great Britain", "영국"},
		"NO":    {"NO", "Norway"},
		"CI":    {"Côte d'Ivoire", "Cote d’Ivoire", "Ivory Coast"},
		"TT":    {"Trinidad & Tobago", "Trinidad and Tobago"},
		"CN-HK": {"CN-HK"}, "CN-TW": {"CN-TW"}, "CN-MO": {"CN-MO"}, "CN-XJ": {"CN-XJ", "Xinjiang", "新疆"},
		"KR-11": {"KR-11"}, "US-CA": {"US-CA"}, "TW-HSZ": {"TW-HSZ"}, "DE-SN": {"DE-SN"},
	} {
		for _, said := range saids {
			got, err := Parse(said)
			if want := (Result{Code: code}); err != nil || got != want {
				t.Errorf("Parse(%q) = %v, %v, want %v", said, got, err, want)
			}
		}
	}
}

func TestParseNotes(t *testing.T) {
	for _, said := range []string{"UK", "U.K.", "Made in UK"} {
		got, err := Parse(said)
		if err != nil || got.Code != "GB" || !strings.Contains(got.Note, "write GB") {
			t.Errorf("Parse(%q) = %+v, %v, want GB with a note", said, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for said, want := range map[string]error{
		"Korea":                   &AmbiguousError{"Korea", []string{"KR", "KP"}},
		"KOREA":                   &AmbiguousError{"KOREA", []string{"KR", "KP"}},
		"Corée":                   &AmbiguousError{"Corée", []string{"KR", "KP"}},
		"Made in Korea":           &AmbiguousError{"Made in Korea", []string{"KR", "KP"}},
		"朝鮮":                      &AmbiguousError{"朝鮮", []string{"KR", "KP"}},
		"Georgia":                 &AmbiguousError{"Georgia", []string{"GE", "US"}},
		"Made in Georgia":         &AmbiguousError{"Made in Georgia", []string{"GE", "US"}},
		"Congo":                   &AmbiguousError{"Congo", []string{"CD", "CG"}},
		"KR/CN":                   &SeveralError{"KR/CN", []string{"KR", "CN"}},
		"KR, CN":                  &SeveralError{"KR, CN", []string{"KR", "CN"}},
		"KR-CN":                   &SeveralError{"KR-CN", []string{"KR", "CN"}},
		"CN-KR":                   &SeveralError{"CN-KR", []string{"CN", "KR"}},
		"Made in Korea or China":  &SeveralError{"Made in Korea or China", []string{"KR or KP", "CN"}},
		"한국 및 중국":                 &SeveralError{"한국 및 중국", []string{"KR", "CN"}},
		"中国、日本":                   &SeveralError{"中国、日本", []string{"CN", "JP"}},
		"China; Vietnam":          &SeveralError{"China; Vietnam", []string{"CN", "VN"}},
		"Korea (CN)":              &UnknownError{"Korea (CN)", writeCode},
		"China (KR)":              &UnknownError{"China (KR)", writeCode},
		"":                        &UnknownError{"", "it is empty; " + writeCode},
		"Atlantis":                &UnknownError{"Atlantis", writeCode},
		"EU":                      &UnknownError{"EU", writeCode},
		"XK":                      &UnknownError{"XK", writeCode},
		"ZZ":                      &UnknownError{"ZZ", writeCode},
		"AAA":                     &UnknownError{"AAA", writeCode},
		"and":                     &UnknownError{"and", writeCode},
		"No":                      &UnknownError{"No", "it is also an English word; write NO in capitals if the country is meant"},
		"KR-SEOUL":                &UnknownError{"KR-SEOUL", writeCode},
		"KR-1":                    &UnknownError{"KR-1", "it is no subdivision of KR in ISO 3166-2; write KR alone if the subdivision is not known"},
		"CN-65":                   &UnknownError{"CN-65", "it is no subdivision of CN in ISO 3166-2; write CN alone if the subdivision is not known"},
		"Shenzhen":                &UnknownError{"Shenzhen", writeCode},
		"Assembled in China":      &UnknownError{"Assembled in China", writeCode}, // another stage than "made in"
		"not made in China":       &UnknownError{"not made in China", writeCode},
		"Designed by X in Korea ": &UnknownError{"Designed by X in Korea", writeCode},
	} {
		got, err := Parse(said)
		if diff := cmp.Diff(want, err); diff != "" || got != (Result{}) {
			t.Errorf("Parse(%q) = %v, %v (-want +got)\n%s", said, got, err, diff)
		}
		if said != "" && strings.TrimSpace(said) == said && !strings.Contains(err.Error(), said) {
			t.Errorf("Parse(%q): the error does not quote it: %v", said, err)
		}
	}
	if _, err := Parse(strings.Repeat("한", 200)); !errors.As(err, new(*UnknownError)) || !utf8.ValidString(err.Error()) {
		t.Errorf("Parse(long) = %v, want an UnknownError of valid UTF-8", err)
	}
}

func TestOfAndName(t *testing.T) {
	for _, tt := range []struct{ code, of, name string }{
		{"KR", "KR", "South Korea"},
		{"CN-XJ", "CN", "China (CN-XJ)"},
		{"CN-HK", "HK", "Hong Kong (CN-HK)"},
		{"CN-TW", "TW", "Taiwan (CN-TW)"},
		{"CN-MO", "MO", "Macao (CN-MO)"},
		{"HK", "HK", "Hong Kong"},
		{"KR-11", "KR", "South Korea (KR-11)"},
		{"unknown", "", "unknown"},
		{"CN-KR", "", "CN-KR"},
		{"", "", ""},
	} {
		if got := IsCode(tt.code); got != (tt.of != "") {
			t.Errorf("IsCode(%q) = %v", tt.code, got)
		}
		if got := Of(tt.code); got != tt.of {
			t.Errorf("Of(%q) = %q, want %q", tt.code, got, tt.of)
		}
		if got := Name(tt.code); got != tt.name {
			t.Errorf("Name(%q) = %q, want %q", tt.code, got, tt.name)
		}
	}
}

var update = flag.Bool("update", false, "rewrite names.tsv from the tables of x/text")

// TestNamesAreCLDR checks names.tsv against the tables of x/text, and that
// every name in it is read as its country. The package does not import those
// tables because they cost every process 0.4 ms at its start.
func TestNamesAreCLDR(t *testing.T) {
	codes := strings.Fields(alpha2)
	if *update {
		if err := os.WriteFile("names.tsv", []byte(cldr(codes)), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Skip("names.tsv was rewritten: run the test again without -update")
	}
	if len(codes) != 249 {
		t.Errorf("%d alpha-2 codes, want 249", len(codes))
	}
	if diff := cmp.Diff(cldr(codes), namesTSV); diff != "" {
		t.Errorf("names.tsv (-CLDR +file); run go test -update\n%s", diff)
	}
	for line := range strings.Lines(namesTSV) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		for _, said := range f {
			if _, err := Parse(said); f[0] == "GE" && errors.As(err, new(*AmbiguousError)) {
				continue // a state of the United States has the name too
			}
			if got, err := Parse(said); err != nil || got.Code != f[0] {
				t.Errorf("Parse(%q) = %v, %v, want %s", said, got, err, f[0])
			}
		}
	}
}

// cldr gives the content of names.tsv.
func cldr(codes []string) string {
	var b strings.Builder
	for _, c := range codes {
		r := language.MustParseRegion(c)
		b.WriteString(c + "\t" + r.ISO3())
		for _, tag := range []language.Tag{language.English, language.Korean, language.SimplifiedChinese, language.TraditionalChinese, language.Japanese} {
			b.WriteString("\t" + xdisplay.Regions(tag).Name(r))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestVariants checks that no variant is said of two countries.
func TestVariants(t *testing.T) {
	seen := map[string]string{}
	for line := range strings.Lines(variants + ambiguous) {
		c, names, _ := strings.Cut(strings.TrimSpace(line), " ")
		for name := range strings.SplitSeq(names, "|") {
			key := fold(name)
			if prev, ok := seen[key]; ok && prev != c {
				t.Errorf("variant %q stands for %s and %s", name, prev, c)
			}
			seen[key] = c
		}
	}
}

// FuzzParse checks that whatever Parse accepts has a code that parses to
// itself, that the code has a country, and that an error comes with no result.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"KR", "Korea", "대한민국", "Made in China", "CN-XJ", "KR/CN", "Korea (KR)", "UK", "no", "朝鮮", "KR - ", "((", "\xff", "、"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		got, err := Parse(said)
		if err != nil {
			if got != (Result{}) {
				t.Fatalf("Parse(%q) = %v with %v", said, got, err)
			}
			return
		}
		again, err := Parse(got.Code)
		if err != nil || again.Code != got.Code || again.Note != "" {
			t.Fatalf("Parse(%q) = %v, but Parse(%q) = %v, %v", said, got, got.Code, again, err)
		}
		if Of(got.Code) == "" || Name(got.Code) == got.Code {
			t.Fatalf("code %q of %q has no country or name", got.Code, said)
		}
	})
}
