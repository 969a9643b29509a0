package firmware

import (
	"bytes"
	"crypto/sha256"
	"regexp"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/hardware"
	"github.com/originbom/originbom/sbom/internal/fdt"
)

// A placedTree is a device tree and where it is in the image.
type placedTree struct {
	place string
	data  []byte
}

// trees reads the parts that the image's device trees describe. Of several trees
// the boot loader picks one, by the board that it finds, and an image cannot tell
// which: hardware.ReadDeviceTrees makes candidates of what not all of them have.
func (r *reader) trees() (sbom.Device, []sbom.Component) {
	bases, overlays := r.gather()
	if len(bases) == 0 {
		if len(overlays) > 0 {
			r.im.note(overlays[0].place, "the image has device tree overlays and no tree that they change: the parts that they describe are not read",
				"give the whole set of images, with boot or vendor_boot")
		}
		return sbom.Device{}, nil
	}
	opts := &hardware.TreeOptions{CommandLine: r.commandLine()}
	if len(overlays) > 0 {
		opts.Overlays = []hardware.TreeFile{{Name: r.im.Name, Data: joinTrees(overlays)}}
	}
	reading, err := hardware.ReadDeviceTrees(r.im.Name, joinTrees(bases), opts)
	if err != nil && opts.Overlays != nil {
		r.im.note(overlays[0].place, "the device tree overlays are not applied: "+err.Error(), "")
		opts.Overlays = nil
		reading, err = hardware.ReadDeviceTrees(r.im.Name, joinTrees(bases), opts)
	}
	if err != nil {
		r.im.note(bases[0].place, "the device trees cannot be read: "+err.Error(), "")
		return sbom.Device{}, nil
	}
	eachEvidence(reading.Components, func(e *sbom.Evidence) { e.Place = treePlace(bases, e.Place) })
	for _, n := range reading.Notes {
		n.File, n.Place = r.im.Name, treePlace(bases, n.Place)
		r.notes = append(r.notes, n)
	}
	r.unseen = reading.Unseen
	return reading.Device, reading.Components
}

// gather collects the different trees of all partitions.
func (r *reader) gather() (bases, overlays []placedTree) {
	seen := map[[32]byte]bool{}
	for _, p := range r.im.Partitions {
		for _, t := range p.Trees {
			if sum := sha256.Sum256(t.Data); seen[sum] {
				continue
			} else {
				seen[sum] = true
			}
			at := placedTree{join(p.Place, t.Place), t.Data}
			switch tree, err := fdt.Parse(t.Data); {
			case err != nil:
				r.im.note(at.place, "the device tree cannot be read: "+err.Error(), "")
			case tree.Overlay() != nil:
				overlays = append(overlays, at)
			default:
				bases = append(bases, at)
			}
		}
	}
	return bases, overlays
}

func joinTrees(list []placedTree) []byte {
	var out [][]byte
	for _, t := range list {
		out = append(out, t.data)
	}
	return bytes.Join(out, nil)
}

// commandLine is what the boot images hand to the kernel.
func (r *reader) commandLine() string {
	var words []string
	for _, p := range r.im.Partitions {
		if p.Boot != nil && p.Boot.CommandLine != "" {
			words = append(words, p.Boot.CommandLine)
		}
		if p.treeArgs != "" {
			words = append(words, p.treeArgs)
		}
	}
	return strings.Join(words, " ")
}

// numbered is how hardware.ReadDeviceTrees names one of several trees.
var numbered = regexp.MustCompile(`^tree (\d+) at offset \d+(?:: )?`)

// treePlace puts the place of a tree in the image before a node's path. Overlays
// keep the words of the hardware reader.
func treePlace(bases []placedTree, place string) string {
	if m := numbered.FindStringSubmatch(place); m != nil {
		if i, err := strconv.Atoi(m[1]); err == nil && i >= 1 && i <= len(bases) {
			return join(bases[i-1].place, place[len(m[0]):])
		}
	}
	if len(bases) == 1 {
		return join(bases[0].place, place)
	}
	return place
}
