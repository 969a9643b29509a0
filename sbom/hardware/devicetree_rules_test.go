package hardware

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

var patternClass = regexp.MustCompile(`\[(.)[^\]]*\]`)

// samplePattern makes a string that the pattern matches.
func samplePattern(t *testing.T, pattern string) string {
	t.Helper()
	s := strings.NewReplacer("*", "1", "?", "1").Replace(patternClass.ReplaceAllString(pattern, "$1"))
	if ok, err := path.Match(pattern, s); !ok || err != nil {
		t.Fatalf("no sample of %q: %q, %v", pattern, s, err)
	}
	return s
}

// TestEveryDeviceTreeRule gives each alternative of each rule a tree or a
// compatible that only it explains: a rule that an earlier one hides fails.
func TestEveryDeviceTreeRule(t *testing.T) {
	rules, err := deviceTreeRules()
	if err != nil {
		t.Fatal(err)
	}
	for kind, rows := range rules.rows {
		for _, row := range rows {
			for i, pattern := range row.patterns {
				if err := checkRule(t, rules, kind, row, i, samplePattern(t, pattern)); err != nil {
					t.Errorf("%s: %s %q: %v", row.at, kind, pattern, err)
				}
			}
		}
	}
	for kind := range treeRuleKinds {
		if len(rules.rows[kind]) == 0 {
			t.Errorf("no rule of the kind %q", kind)
		}
	}
}

func checkRule(t *testing.T, rules *treeRules, kind string, row treeRule, i int, s string) error {
	onBus := func(compatible string) chip {
		return chip{node: &fdt.Node{Name: "x"}, bus: "i2c", compatible: []string{compatible}}
	}
	is := func(what, got, want string) error {
		if got != want {
			return fmt.Errorf("%s is %q, want %q", what, got, want)
		}
		return nil
	}
	count := func(source string) int {
		n := 0
		for _, c := range readTree(t, source).Components {
			if c.Category != sbom.SoC {
				n++
			}
		}
		return n
	}
	parts := func(source string, want int) error {
		if got := count(source); got != want {
			return fmt.Errorf("%d parts in %s, want %d", got, source, want)
		}
		return nil
	}
	unknown := func(source string) error {
		for _, c := range readTree(t, source).Components {
			if string(c.Category) == row.is && c.Unidentified {
				return nil
			}
		}
		return fmt.Errorf("no unknown %s in %s", row.is, source)
	}
	switch kind {
	case "bus":
		if s == "mdio" || row.is == "serial" || row.is == "pcie" {
			s += "@1"
		}
		return parts(phoneTree(busTree(s, `x { compatible = "example,x1"; };`)), 1)
	case "skip":
		if s == "ulpi" || !strings.Contains(s, ",") {
			return is("match", fmt.Sprint(row.match(s)), fmt.Sprint(i))
		}
		return parts(phoneTree(i2cBus(`x@1 { compatible = "`+s+`"; };`)), 0)
	case "free":
		if err := is("category", string(rules.category(onBus(s))), row.is); err != nil {
			return err
		}
		return parts(phoneTree(`soc { x { compatible = "`+s+`"; }; };`), 1)
	case "part":
		return is("category", string(rules.category(onBus(s))), row.is)
	case "bridge":
		c := onBus(s)
		c.bus = "dsi"
		return is("category", string(rules.category(c)), row.is)
	case "node":
		c := onBus("example,x1")
		c.node = &fdt.Node{Name: s + "@1"}
		return is("category", string(rules.category(c)), row.is)
	case "on-bus":
		c := onBus("example,x1")
		c.bus = s
		return is("category", string(rules.category(c)), row.is)
	case "suffix":
		if row.is != "" {
			if err := is("category", string(rules.category(onBus("example,x1"+s))), row.is); err != nil {
				return err
			}
		}
		return is("name", rules.strip("x1"+s), "x1")
	case "lead":
		return is("name", rules.strip(s+"x1"), "x1")
	case "protocol":
		id := rules.identify([]string{s}, sbom.Other)
		return is("identity", id.name+" "+id.prefix, " "+row.prefix)
	case "name":
		id := rules.identify([]string{s}, sbom.Other)
		return is("identity", id.name+" "+id.prefix, row.is+" "+row.prefix)
	case "maker":
		cat := sbom.Category(row.is)
		return is("prefix", rules.identify([]string{s}, cat).prefix, row.prefix)
	case "brand":
		cat := sbom.Category(row.is)
		id := rules.identify([]string{s + ",x1"}, cat)
		return is("identity", id.name+id.prefix, "")
	case "licensor", "generic":
		if err := parts(phoneTree(`x { compatible = "`+s+`,x1"; };`), 0); err != nil || kind == "generic" {
			return err
		}
		return parts(phoneTree(i2cBus(`x@1 { compatible = "`+s+`,x1"; };`)), 0)
	case "driver-ic":
		id := rules.panel(identity{prefix: "example"}, []string{"example," + s}, false)
		return is("driver IC", id.driverIC+" of "+id.name, strings.ToUpper(s)+" of ")
	case "panel-maker":
		id := rules.panel(identity{}, []string{"example,x1-" + s}, false)
		return is("maker", id.prefix+" "+id.name, row.prefix+" X1")
	case "panel-word":
		return is("name", rules.panel(identity{}, []string{"example,x1-" + s}, false).name, "X1")
	case "panel-list":
		return parts(phoneTree(`x { `+s+` = "one"; };`), 1)
	case "panel-argument", "panel-node":
		arg, node := "msm_drm.dsi_display0", "mdss_dsi_x"
		if kind == "panel-argument" {
			arg = s
		} else {
			node = strings.TrimSuffix(s, "_display")
		}
		r := readTree(t, phoneTree(`chosen { bootargs = "a=1 `+arg+`=`+node+`_display:x"; }; `+node+` { qcom,mdss-dsi-panel-name = "one"; };`))
		return is("picked", fmt.Sprint(!r.Components[1].Candidate), "true")
	case "functions", "interfaces", "buses", "linked", "combo":
		if got := row.match(s); got != i && kind != "combo" && kind != "linked" {
			return nil // an earlier alternative of the same rule covers it
		}
		return is("a first match", fmt.Sprint(row.match(s) >= 0), "true")
	case "sid-pair":
		return parts(phoneTree(spmiTree(`a { compatible = "`+s+`"; reg = <4 0>; }; b { compatible = "`+s+`"; reg = <5 0>; };`, ``)), 1)
	case "by-gpio":
		gpio, _, _ := strings.Cut(row.is, "|")
		gpio = samplePattern(t, gpio)
		r := readTree(t, phoneTree(spmiTree(`a { compatible = "`+s+`"; reg = <4 0>; gpio { compatible = "`+gpio+`"; }; };`, ``)))
		_, name, _ := strings.Cut(strings.TrimSuffix(gpio, "-gpio"), ",")
		return is("name", r.Components[1].Name, strings.ToUpper(name))
	case "regulators":
		return parts(phoneTree(`rsc { x { compatible = "`+s+`"; }; };`), 1)
	case "exists":
		return unknown(phoneTree(`soc { x { compatible = "` + s + `"; }; };`))
	case "line":
		return unknown(phoneTree(`gpio { gpio-line-names = "` + strings.ToUpper(s) + `_INT"; };`))
	case "supply":
		return unknown(phoneTree(`r { regulator-name = "vdd_` + s + `_1v8"; };`))
	case "switched":
		return unknown(phoneTree(`r { compatible = "regulator-fixed"; regulator-name = "vdd_` + s + `_1v8"; };`))
	case "key":
		return unknown(phoneTree(`k { compatible = "gpio-keys"; x { label = "` + s + `"; linux,input-type = <5>; }; };`))
	}
	return fmt.Errorf("no check of the kind %q", kind)
}

func TestLoadTreeRulesRefuses(t *testing.T) {
	for _, tt := range []struct{ rows, want string }{
		{"a,b,c\n", "wrong number of fields"},
		{"rule,pattern,is,prefix,why\n", "the columns are"},
		{"rule,pattern,is,prefix,source\nparts,a*,sensor,,x\n", `line 2: unknown kind of rule "parts"`},
		{"rule,pattern,is,prefix,source\npart,a*,sensors,,x\n", `line 2: "sensors" is not a category`},
		{"rule,pattern,is,prefix,source\npart,a*,sensor,,\n", "line 2: the rule has no source"},
		{"rule,pattern,is,prefix,source\npart,a[,sensor,,x\n", `line 2: "a[" is not a pattern`},
		{"rule,pattern,is,prefix,source\npart,a*|,sensor,,x\n", `line 2: "" is not a pattern`},
	} {
		rules, err := loadTreeRules(fstest.MapFS{"data/devicetree-x.csv": {Data: []byte(tt.rows)}})
		if err == nil || rules != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want an error with %q", tt.rows, err, tt.want)
		}
	}
}

// TestTreeRulesNameNoPhone keeps the rules general: a board's name in a pattern
// would be a rule for one phone.
func TestTreeRulesNameNoPhone(t *testing.T) {
	rules, err := deviceTreeRules()
	if err != nil {
		t.Fatal(err)
	}
	boards := []string{"enchilada", "beryllium", "elish", "pinephone", "librem", "j606f", "polaris", "trogdor", "kukui"}
	for kind, rows := range rules.rows {
		for _, row := range rows {
			if slices.ContainsFunc(boards, func(b string) bool { return strings.Contains(strings.Join(row.patterns, " "), b) }) {
				t.Errorf("%s: %s %q names a phone", row.at, kind, row.patterns)
			}
		}
	}
}
