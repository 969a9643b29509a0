package fdt

import (
	"cmp"
	"slices"
	"strings"
)

// Sort puts the properties of every node in the order of their names, and its
// children in the order of their unit addresses, those without one first, then of
// their names. The order in a blob is the compiler's and in a folder the file
// system's; neither means anything.
func (t *Tree) Sort() { t.Root.sort() }

func (n *Node) sort() {
	slices.SortFunc(n.Properties, func(a, b Property) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(n.Children, func(a, b *Node) int {
		_, x, _ := strings.Cut(a.Name, "@")
		_, y, _ := strings.Cut(b.Name, "@")
		hx, lx, _ := strings.Cut(x, ",")
		hy, ly, _ := strings.Cut(y, ",")
		// Addresses are hexadecimal without leading zeros: a longer one is larger.
		return cmp.Or(cmp.Compare(len(hx), len(hy)), cmp.Compare(hx, hy), cmp.Compare(len(lx), len(ly)), cmp.Compare(lx, ly), cmp.Compare(a.Name, b.Name))
	})
	for _, c := range n.Children {
		c.sort()
	}
}
