package software

import (
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// maxAlternatives bounds the expansion of {a,b} in a pattern. Those of syft have
// at most nine.
const maxAlternatives = 64

// A hit is a file and the path under which it was found.
type hit struct{ real, access string }

// glob finds the regular files that have a path matching one of the patterns,
// once each, in the order of patterns and then of real paths.
func (r *root) glob(patterns ...string) []hit {
	var hits []hit
	seen := map[string]bool{}
	for _, pattern := range patterns {
		found := map[string]string{} // real path to access path
		for _, p := range alternatives(strings.TrimPrefix(pattern, "/")) {
			r.match(p, found)
		}
		for _, real := range sortedKeys(found) {
			if !seen[real] {
				seen[real] = true
				hits = append(hits, hit{real, found[real]})
			}
		}
	}
	return hits
}

// match adds to found the files that match the pattern. A match of the file's
// own path is preferred to one through a link.
func (r *root) match(pattern string, found map[string]string) {
	if !doublestar.ValidatePattern(pattern) {
		return
	}
	dir, levels := literalDir(pattern), reach(pattern)
	if dir != "" {
		real, err := r.resolve(dir)
		if err != nil {
			return
		}
		pattern = path.Join(escape(real), strings.TrimPrefix(pattern, dir+"/"))
	}
	r.candidates(pattern, func(e entry) {
		if doublestar.MatchUnvalidated(pattern, e.path) {
			if e.real == "" || found[e.real] == "" {
				found[e.file()] = e.path
			}
			return
		}
		if dir != "" || levels == 0 || found[e.file()] != "" {
			return
		}
		for _, alias := range r.aliases(e.path, levels) {
			if doublestar.MatchUnvalidated(pattern, alias) {
				found[e.file()] = alias
				return
			}
		}
	})
}

// candidates calls f for the names that may match the pattern: all of those
// whose last element does, found through an index where it can be.
func (r *root) candidates(pattern string, f func(entry)) {
	if dir := literalDir(pattern); dir != "" {
		prefix := dir + "/" + literalPrefix(pattern[len(dir)+1:])
		i, _ := slices.BinarySearchFunc(r.names, prefix, func(e entry, p string) int { return strings.Compare(e.path, p) })
		for ; i < len(r.names) && strings.HasPrefix(r.names[i].path, prefix); i++ {
			f(r.names[i])
		}
		return
	}
	last := path.Base(pattern)
	if prefix := literalPrefix(last); prefix != "" {
		i, _ := slices.BinarySearchFunc(r.bases, prefix, func(n int32, p string) int {
			return strings.Compare(path.Base(r.names[n].path), p)
		})
		for ; i < len(r.bases); i++ {
			e := r.names[r.bases[i]]
			if !strings.HasPrefix(path.Base(e.path), prefix) {
				return
			}
			f(e)
		}
		return
	}
	suffix := last[strings.LastIndexAny(last, meta)+1:]
	for _, e := range r.names {
		if strings.HasSuffix(e.path, suffix) {
			f(e)
		}
	}
}

const meta = `*?[]{}\`

// literalPrefix is what stands before the first meta character.
func literalPrefix(s string) string {
	if i := strings.IndexAny(s, meta); i >= 0 {
		return s[:i]
	}
	return s
}

// literalDir is the folder in which alone the pattern can match, "" if there is
// none.
func literalDir(pattern string) string {
	lit := literalPrefix(pattern)
	return lit[:max(strings.LastIndexByte(lit, '/'), 0)]
}

// reach says how many of a file's nearest ancestors a pattern can tell from each
// other: those that stand for a link are worth trying. A pattern that starts
// with **/ and has no other ** sees only its own elements.
func reach(pattern string) int {
	rest, ok := strings.CutPrefix(pattern, "**/")
	if !ok || strings.Contains(rest, "**") {
		return -1
	}
	return strings.Count(rest, "/")
}

func escape(p string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`).Replace(p)
}

// alternatives expands {a,b}. Nested ones, and too many, are left to the matcher.
func alternatives(pattern string) []string {
	out := []string{""}
	for rest := pattern; rest != ""; {
		i := strings.IndexByte(rest, '{')
		j := strings.IndexByte(rest, '}')
		if i < 0 || j < i || strings.ContainsRune(rest[i+1:j], '{') || strings.Contains(rest[:i], `\`) {
			i, j = len(rest), len(rest)-1
		}
		choices := []string{""}
		if i < len(rest) {
			choices = strings.Split(rest[i+1:j], ",")
		}
		if len(out)*len(choices) > maxAlternatives {
			return []string{pattern}
		}
		var next []string
		for _, o := range out {
			for _, c := range choices {
				next = append(next, o+rest[:i]+c)
			}
		}
		out, rest = next, rest[j+1:]
	}
	return out
}
