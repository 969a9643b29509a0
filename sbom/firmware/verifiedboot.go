package firmware

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/originbom/originbom/sbom/internal/avb"
)

// Names of the properties of a partition that verified boot gives.
const (
	PropertyPartition   = "originbom:android:partition"
	PropertySlot        = "originbom:android:slot"
	PropertyFormat      = "originbom:firmware:format"
	PropertySize        = "originbom:firmware:size" // bytes, expanded
	PropertyHeader      = "originbom:firmware:header-version"
	PropertyCommandLine = "originbom:firmware:kernel-command-line"
	PropertyOSVersion   = "originbom:firmware:os-version"
	PropertyPatch       = "originbom:firmware:security-patch"

	// PropertySigned is true, false (it is not signed) or invalid (it bears a
	// signature that does not verify, or is not signed by the key that its chain
	// names).
	PropertySigned        = "originbom:firmware:avb:signed"
	PropertyAlgorithm     = "originbom:firmware:avb:algorithm"
	PropertyKeySHA1       = "originbom:firmware:avb:key-sha1"
	PropertyFlags         = "originbom:firmware:avb:flags"
	PropertyRollbackIndex = "originbom:firmware:avb:rollback-index"
	// PropertyChain names a partition that has a vbmeta of its own, and the SHA-1
	// of the key that must sign it: "boot <hex>".
	PropertyChain = "originbom:firmware:avb:chain"
	// PropertyDigestMatch is true or false: whether the partition is what the
	// vbmeta describes. It is absent where that was not compared.
	PropertyDigestMatch = "originbom:firmware:avb:digest-match"
	// PropertyPayloadMatch is true or false: whether the partition is what the
	// update's manifest says.
	PropertyPayloadMatch = "originbom:firmware:payload:digest-match"
)

const wholeSet = "give the whole set of images: a folder, the super image or the update"

// A fact is a property with its evidence.
type fact struct{ name, value, says, place string }

// verifiedBoot reads what verified boot says of each partition: who signed it,
// and whether it is what was signed. Partitions that a vbmeta describes and that
// are not in the image are told in notes.
func (im *Image) verifiedBoot(ctx context.Context) (map[*Partition][]fact, error) {
	facts := map[*Partition][]fact{}
	chained := map[string][]byte{} // keys that vbmeta images name
	for _, p := range im.Partitions {
		if p.vbmeta != nil {
			for _, c := range p.vbmeta.Chains {
				chained[c.Partition] = c.PublicKey
			}
		}
	}
	mismatch := map[*Partition]bool{}
	for _, p := range im.Partitions {
		if p.vbmeta == nil {
			continue
		}
		facts[p] = append(facts[p], im.sealFacts(p, chained[p.Name])...)
		for _, c := range p.vbmeta.Chains {
			facts[p] = append(facts[p], fact{PropertyChain, c.Partition + " " + avb.KeySHA1(c.PublicKey), "chained partition", p.Place})
			switch target := im.Partition(c.Partition); {
			case target == nil:
				im.note(p.Place, fmt.Sprintf("partition %s, which the vbmeta chains to, is not in the image: it could not be compared", c.Partition), wholeSet)
			case target.vbmeta == nil && target.Data != nil:
				facts[target] = append(facts[target], fact{PropertySigned, "false", "a vbmeta names the key that must sign it", target.Place})
				im.note(target.Place, fmt.Sprintf("the partition bears no vbmeta, but the one in %s says that the key %s must sign it", p.Name, avb.KeySHA1(c.PublicKey)), "")
			}
		}
		for i := range p.vbmeta.Partitions {
			if err := im.compare(ctx, p, &p.vbmeta.Partitions[i], facts, mismatch); err != nil {
				return nil, err
			}
		}
	}
	return facts, nil
}

// sealFacts says who signed a vbmeta. key is the one that a chain wants, nil if
// none does.
func (im *Image) sealFacts(p *Partition, key []byte) []fact {
	v := p.vbmeta
	signed := map[avb.Seal]string{avb.Signed: "true", avb.Unsigned: "false", avb.Invalid: "invalid"}[v.Seal]
	switch {
	case v.Seal == avb.Invalid:
		im.note(p.Place, "the vbmeta bears a signature that does not verify: "+v.Why, "")
	case key != nil && v.Seal == avb.Unsigned:
		signed = "invalid"
		im.note(p.Place, "the partition is not signed, but a vbmeta names the key that must sign it", "")
	case key != nil && !bytes.Equal(key, v.PublicKey):
		signed = "invalid"
		im.note(p.Place, fmt.Sprintf("the partition is signed by the key %s, but a vbmeta says that %s must sign it", v.KeySHA1(), avb.KeySHA1(key)), "")
	}
	says := fmt.Sprintf("vbmeta made by %q, algorithm %s", v.Release, v.Algorithm)
	fs := []fact{
		{PropertySigned, signed, says, p.Place},
		{PropertyAlgorithm, v.Algorithm, says, p.Place},
		{PropertyFlags, strconv.FormatUint(uint64(v.Flags), 10), flagWords(v.Flags), p.Place},
		{PropertyRollbackIndex, strconv.FormatUint(v.RollbackIndex, 10), says, p.Place},
	}
	if k := v.KeySHA1(); k != "" {
		fs = append(fs, fact{PropertyKeySHA1, k, says, p.Place})
	}
	return fs
}

// flagWords tells the flags of a vbmeta in words.
func flagWords(f uint32) string {
	var words []string
	if f&avb.FlagHashtreeDisabled != 0 {
		words = append(words, "hash tree verification disabled")
	}
	if f&avb.FlagVerificationDisabled != 0 {
		words = append(words, "verification disabled")
	}
	if len(words) == 0 {
		return "no verification is disabled"
	}
	return strings.Join(words, ", ")
}

// compare recomputes what the vbmeta of p says of a partition.
func (im *Image) compare(ctx context.Context, p *Partition, d *avb.Partition, facts map[*Partition][]fact, mismatch map[*Partition]bool) error {
	target := im.Partition(d.Name)
	if d.Name == "" && p.Kind != VBMeta {
		target = p
	}
	if target == nil || target.Data == nil {
		im.note(p.Place, fmt.Sprintf("partition %s, which the vbmeta describes, is not in the image: it could not be compared", d.Name), wholeSet)
		return nil
	}
	ok, err := d.Matches(ctx, target.Data, target.Size)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		im.note(target.Place, fmt.Sprintf("the partition could not be compared with the vbmeta: %v", err), "")
		return nil
	}
	what := "digest"
	if d.Tree {
		what = "hash tree"
	}
	says := fmt.Sprintf("%s of %s over %d bytes, %s, recomputed", d.Hash, what, d.Size, describer(p))
	if !ok {
		mismatch[target] = true
		im.note(target.Place, fmt.Sprintf("the partition is not what the vbmeta in %s describes: its %s is another", p.Name, what), "")
	}
	value := strconv.FormatBool(!mismatch[target])
	kept := facts[target][:0:0]
	for _, f := range facts[target] {
		if f.name == PropertyDigestMatch {
			f.value = value // one mismatch is enough
		}
		kept = append(kept, f)
	}
	facts[target] = append(kept, fact{PropertyDigestMatch, value, says, target.Place})
	return nil
}

func describer(p *Partition) string {
	if p.Kind == VBMeta {
		return "as the partition " + p.Name + " describes it"
	}
	return "as its own footer describes it"
}
