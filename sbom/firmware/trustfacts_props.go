package firmware

import (
	"fmt"
	"slices"
	"strings"
)

// propertyFiles are where a partition's build properties stand, by their path on
// it (AOSP, system/core/init/property_service.cpp, PropertyLoadBootDefaults).
var propertyFiles = []string{"build.prop", "etc/build.prop", "default.prop", "prop.default", "etc/prop.default"}

// A buildProperty is a property that tells a fact. In its name, * stands for the
// partition or "build".
var buildProperties = []struct{ fact, pattern string }{
	{FactDebuggable, "ro.debuggable"},
	{FactSecure, "ro.secure"},
	{FactADBSecure, "ro.adb.secure"},
	{FactBuildType, "ro.build.type"},
	{FactBuildType, "ro.*.build.type"},
	{FactBuildTags, "ro.build.tags"},
	{FactBuildTags, "ro.*.build.tags"},
	{FactSecurityPatch, "ro.build.version.security_patch"},
	{FactSecurityPatch, "ro.*.build.security_patch"},
	{FactFingerprint, "ro.build.fingerprint"},
	{FactFingerprint, "ro.*.build.fingerprint"},
	{FactAndroidVersion, "ro.build.version.release"},
}

// A propLine is the value of a property and the line that gives it.
type propLine struct {
	value string
	line  int
}

// parseProperties reads a property file. Of a property that stands twice the
// last line counts, as on Android; again names those whose lines differ.
func parseProperties(data []byte) (props map[string]propLine, again []string) {
	props = map[string]propLine{}
	n := 0
	for text := range strings.Lines(string(data)) {
		n++
		text = strings.TrimSpace(text)
		key, value, ok := strings.Cut(text, "=")
		if key = strings.TrimSpace(key); !ok || strings.HasPrefix(text, "#") || key == "" {
			continue
		}
		value = strings.TrimSpace(value)
		if old, twice := props[key]; twice && old.value != value {
			again = append(again, fmt.Sprintf("%s is %q in line %d and %q in line %d, which counts", key, clean(old.value), old.line, clean(value), n))
		}
		props[key] = propLine{value, n}
	}
	return props, again
}

// properties tells the facts in a property file. Each property that tells a fact
// gives a value of its own: two that disagree both stand.
func (t *trustReader) properties(place string, data []byte) {
	props, again := parseProperties(data)
	for _, a := range again {
		t.note(place, clean(a), "")
	}
	keys := make([]string, 0, len(props))
	for key := range props {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if fact := hostFact(key, props[key].value); fact != "" {
			t.fact(fact, props[key].value, place, fmt.Sprintf("line %d: %s=%s", props[key].line, key, props[key].value))
		}
		for _, b := range buildProperties {
			if matchProperty(b.pattern, key) {
				t.fact(b.fact, props[key].value, place, fmt.Sprintf("line %d: %s=%s", props[key].line, key, props[key].value))
				break
			}
		}
	}
}

// matchProperty compares a name with a pattern in which * is one word.
func matchProperty(pattern, name string) bool {
	before, after, wild := strings.Cut(pattern, "*")
	if !wild {
		return name == pattern
	}
	rest, ok := strings.CutPrefix(name, before)
	word, ok2 := strings.CutSuffix(rest, after)
	return ok && ok2 && word != "" && !strings.Contains(word, ".")
}
