package software

import (
	"errors"
	"path"
	"strings"
)

// maxHops is how many links one path may lead through, MAXSYMLINKS of Linux.
const maxHops = 40

var errLoop = errors.New("too many levels of links")

// resolve gives the real path behind p, following links inside the root: an
// absolute target starts at the root, ".." stops there. The path need not exist.
func (r *root) resolve(p string) (string, error) {
	todo := strings.Split(p, "/")
	cur, hops := ".", 0
	for len(todo) > 0 {
		seg := todo[0]
		todo = todo[1:]
		switch seg {
		case "", ".":
			continue
		case "..":
			cur = path.Dir(cur)
			continue
		}
		next := path.Join(cur, seg)
		target, ok := r.links[next]
		if !ok {
			cur = next
			continue
		}
		if hops++; hops > maxHops {
			return "", errLoop
		}
		if strings.HasPrefix(target, "/") {
			cur = "."
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return cur, nil
}

// climbs reports whether the link at p, read from its own directory, has more
// ".." than there are directories above it.
func climbs(p, target string) bool {
	depth := 0
	if !strings.HasPrefix(target, "/") {
		depth = strings.Count(p, "/")
	}
	for seg := range strings.SplitSeq(target, "/") {
		switch seg {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}

// aliases gives the other paths of the file at p that lead through one link to
// a directory among its nearest levels ancestors; levels < 0 means all of them.
func (r *root) aliases(p string, levels int) []string {
	if len(r.linked) == 0 {
		return nil
	}
	var out []string
	for dir := path.Dir(p); levels != 0; dir, levels = path.Dir(dir), levels-1 {
		rest := strings.TrimPrefix(p, dir+"/")
		for _, link := range r.linked[dir] {
			out = append(out, link+"/"+rest)
		}
		if dir == "." {
			break
		}
	}
	return out
}
