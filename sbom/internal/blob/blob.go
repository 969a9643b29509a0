// Package blob describes the firmware of a phone's other processors as components:
// what its build calls itself, who signed it, what the signature binds it to.
//
// It says what the image carries and what of it was proved. A signer of an image
// whose signature is not verified is the one that the image names: whoever made
// the image could have copied the certificates of another.
package blob

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/mbn"
)

// Unsigned is the value of [sbom.BlobSignature] of an image without a signature.
const Unsigned = "unsigned"

// maxText bounds what is taken over of a certificate's subject, in bytes.
const maxText = 300

// Component describes a signed image at a place. Its evidence says what was read,
// and what was proved; hashes and source are the caller's to add.
func Component(place string, im *mbn.Image) sbom.Component {
	c := sbom.Component{
		Kind: sbom.Firmware, Name: path.Base(place), Version: im.Strings.Version,
		Description: "signed firmware of a Qualcomm processor",
	}
	d := describer{&c, place}
	d.add(sbom.BlobFormat, fmt.Sprintf("Qualcomm signed image, header version %d", im.Version))
	d.add(sbom.BlobVariant, im.Strings.Variant)
	d.add(sbom.BlobMakerVersion, im.Strings.Maker)
	d.says("Qualcomm signed image: " + saysStrings(im.Strings))
	d.hashes(im)
	d.signatures(im)
	slices.SortStableFunc(c.Properties, func(a, b sbom.Property) int { return strings.Compare(a.Name, b.Name) })
	c.Properties = slices.Compact(c.Properties)
	return c
}

type describer struct {
	c     *sbom.Component
	place string
}

func (d describer) add(name, value string) {
	if value != "" {
		d.c.Properties = append(d.c.Properties, sbom.Property{Name: name, Value: clip(value)})
	}
}

func (d describer) says(text string) {
	d.c.Found = append(d.c.Found, sbom.Evidence{Place: d.place, Method: sbom.MethodImage, Says: clip(text)})
}

func saysStrings(s mbn.Strings) string {
	if s.Version == "" {
		return "it names no version of its build"
	}
	return "QC_IMAGE_VERSION_STRING=" + s.Version
}

// hashes tells whether the segments are what the hashes say: not if none was
// compared, nor true if some were not.
func (d describer) hashes(im *mbn.Image) {
	s := im.Segments
	if im.Algorithm == "" {
		d.says("its hashes are of pages and not of segments: they were not compared")
		return
	}
	text := fmt.Sprintf("%s of its segments, recomputed: %d match", im.Algorithm, s.Match)
	if len(s.Differ) > 0 {
		text += fmt.Sprintf(", %d differ (segments %s)", len(s.Differ), numbers(s.Differ))
	}
	if len(s.Absent) > 0 {
		text += fmt.Sprintf(", %d are not at hand (segments %s)", len(s.Absent), numbers(s.Absent))
	}
	d.says(text)
	switch {
	case len(s.Differ) > 0:
		d.add(sbom.BlobHashes, "false")
	case s.Match > 0 && len(s.Absent) == 0:
		d.add(sbom.BlobHashes, "true")
	}
}

func numbers(list []int) string {
	const most = 8
	var out []string
	for _, n := range list[:min(most, len(list))] {
		out = append(out, strconv.Itoa(n))
	}
	if len(list) > most {
		out = append(out, "...")
	}
	return strings.Join(out, ", ")
}

// signatures tells both. The state is that of the maker's if there is one, since a
// phone's own fuses hold the maker's root.
func (d describer) signatures(im *mbn.Image) {
	state := Unsigned
	for _, s := range []struct {
		by  string
		sig *mbn.Signature
	}{{"Qualcomm", im.Qualcomm}, {"the phone's maker", im.Maker}} {
		if s.sig == nil {
			continue
		}
		state = string(s.sig.State)
		d.signature(s.by, s.sig)
	}
	d.add(sbom.BlobSignature, state)
	if state == Unsigned {
		d.says("it bears no signature")
	}
}

func (d describer) signature(by string, s *mbn.Signature) {
	text := fmt.Sprintf("signature in the place of %s: %s", by, s.State)
	if s.State == mbn.NotChecked {
		text += ", its key is of a kind without a public scheme"
	}
	if len(s.Chain) > 0 {
		leaf, root := s.Chain[0], s.Chain[len(s.Chain)-1]
		d.add(sbom.BlobSignerSHA256, leaf.SHA256)
		d.add(sbom.BlobSignerSubject, leaf.Subject)
		if s.Linked {
			d.add(sbom.BlobRootSHA256, root.SHA256)
			d.add(sbom.BlobRootSubject, root.Subject)
			text += fmt.Sprintf(", a chain of %d certificates whose links verify", len(s.Chain))
		} else {
			text += fmt.Sprintf(", %d certificates that are not a verified chain", len(s.Chain))
		}
		text += ", signer sha256:" + leaf.SHA256 + " " + leaf.Subject
	}
	for _, id := range s.IDs {
		switch id.Name {
		case "SW_ID", "HW_ID", "SOC_VERS", "OEM_ID", "MODEL_ID", "ROLLBACK":
			d.add(sbom.BlobID+strings.ToLower(strings.ReplaceAll(id.Name, "_", "-")), id.Value)
		}
	}
	d.says(text)
}

// clip is s without control characters, cut to what a person reads.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "..."
	}
	return s
}
