package verify

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// date reads a date or a time. An inclusive date means the whole day, so it
// gives the start of the next one.
func (p *trustParser) date(n *yaml.Node, inclusive bool) time.Time {
	if n == nil {
		return time.Time{}
	}
	s := p.text(n)
	t, err := time.Parse(time.DateOnly, s)
	switch {
	case err == nil && inclusive:
		t = t.AddDate(0, 0, 1)
	case err != nil:
		t, err = time.Parse(time.RFC3339, s)
	}
	switch {
	case err != nil:
		p.fail(n, "%.50q is not a date: write 2026-01-31 or 2026-01-31T12:00:00Z", s)
	case t.Year() < firstYear:
		// The zero time is no bound: a key revoked in the year 1 would never be.
		p.fail(n, "%.50q lies before %d, before there were such keys: write 2026-01-31", s, firstYear)
	}
	return t.UTC()
}

// firstYear is a year in which nobody had a key of Sigstore's kinds.
const firstYear = 1970

// mapping gives a mapping's values by key. Of keys that are not known it says
// which ones are.
func (p *trustParser) mapping(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		if n != nil {
			p.fail(n, "%s must be a mapping with the keys %s", what, strings.Join(known, ", "))
		}
		return nil
	}
	m := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(known, k.Value) || k.Kind != yaml.ScalarNode:
			p.fail(k, "unknown key %.50q in %s: known are %s", k.Value, what, strings.Join(known, ", "))
		case m[k.Value] != nil:
			p.fail(k, "key %q occurs twice in %s: keep one", k.Value, what)
		case v.Kind == yaml.AliasNode:
			p.fail(v, "%s refers to another place: write it out", k.Value)
		default:
			m[k.Value] = v
		}
	}
	return m
}

func (p *trustParser) list(n *yaml.Node, what string) []*yaml.Node {
	switch {
	case n == nil || isNull(n):
		return nil
	case n.Kind != yaml.SequenceNode:
		p.fail(n, "%s must be a list", what)
		return nil
	}
	return n.Content
}

// text gives a scalar's value, "" if it is none or holds characters that could
// forge a report's lines.
func (p *trustParser) text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || isNull(n) {
		return ""
	}
	for _, r := range n.Value {
		if r < ' ' || r == 0x7f {
			p.fail(n, "control characters are not allowed in %.50q", n.Value)
			return ""
		}
	}
	return n.Value
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
