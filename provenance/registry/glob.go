package registry

import "strings"

// matchGlob reports whether a part number has the form of a glob: # is one
// digit, ? one letter or digit, * anything up to the end (only at the end, and
// at the start for "contains"). Both are compared in lower case.
func matchGlob(glob, part string) bool {
	if rest, ok := strings.CutPrefix(glob, "*"); ok && rest != "" {
		for i := range part {
			if matchGlob(rest, part[i:]) {
				return true
			}
		}
		return false
	}
	for i := 0; i < len(glob); i++ {
		if glob[i] == '*' {
			return i == len(glob)-1
		}
		if i >= len(part) || !matchByte(glob[i], part[i]) {
			return false
		}
	}
	return len(glob) == len(part)
}

func matchByte(g, b byte) bool {
	digit := '0' <= b && b <= '9'
	switch g {
	case '#':
		return digit
	case '?':
		return digit || 'a' <= b && b <= 'z'
	}
	return g == b
}

// weight is how much a glob says: its letters and digits, and half as much for
// what it leaves open.
func weight(glob string) int {
	w := 0
	for _, c := range glob {
		switch c {
		case '*':
		case '#', '?':
			w++
		default:
			w += 2
		}
	}
	return w
}

// checkGlob says what is wrong with a glob.
func checkGlob(glob string) string {
	inner := strings.Trim(glob, "*")
	switch {
	case inner == "" && glob != "*":
		return "is empty"
	case strings.Contains(inner, "*"):
		return "has a * in its middle; use * at the start or the end"
	case strings.HasPrefix(glob, "**") || strings.HasSuffix(glob, "**") && glob != "*":
		return "has ** in it"
	case glob != strings.ToLower(glob):
		return "has capitals; write it in lower case"
	}
	return ""
}
