package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/provenance/oci"
	"github.com/originbom/originbom/provenance/sign"
	"github.com/originbom/originbom/provenance/verify"
)

const bomPredicate = "https://cyclonedx.org/bom"

// attach signs a BOM as one about an artifact in a registry, and puts BOM and
// bundle beside it. Without a digest the BOM becomes an artifact of its own. The
// address is printed. Nothing is written before it is signed.
func attach(cmd *cobra.Command, name string, bom []byte, m sign.Method, o signFlags) error {
	_, about, err := target(o, bom)
	if err != nil {
		return err
	}
	bundle, err := sign.BOM(cmd.Context(), name, bom, m, sign.Subject{Name: about.Repository(), SHA256: about.Digest()})
	if err != nil {
		return err
	}
	if err := upload(cmd, o, bom, [][]byte{bundle}); err != nil {
		return err
	}
	if o.out == "" && o.name == "" {
		return nil
	}
	return writeFiles(cmd.OutOrStdout(), output{o.output(name), bundle, 0o644})
}

func newAttachCmd() *cobra.Command {
	var bundles []string
	var insecure bool
	cmd := &cobra.Command{
		Use:   "attach BOM oci://HOST/REPO[@sha256:...]",
		Short: "put a signed BOM and its bundles into a registry (network)",
		Long: `Attach stores a BOM and its bundles beside an artifact in a registry, or as an
artifact of its own if the address has no digest. It signs nothing: it is for
bundles that were made elsewhere, say on a machine without network, over what
sign --attach ADDRESS --statement FILE wrote. The address is printed.

It verifies nothing either. Whoever fetches does: originbom verify --from.`,
		Example: `  originbom sign phone.cdx.json --attach oci://registry.example/phone/boms --statement st.json
  cosign attest-blob --key k.key --statement st.json --bundle phone.bundle ...
  originbom attach phone.cdx.json oci://registry.example/phone/boms --bundle phone.bundle`,
		Args: args(2, 2, "a BOM and an address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			bom, err := ask.ReadFile(args[0], verify.MaxBOMSize)
			if err != nil {
				return err
			}
			if len(bundles) == 0 {
				if bundles, err = ask.BundlesBeside(args[0]); err != nil {
					return err
				}
			}
			if len(bundles) == 0 {
				return fmt.Errorf("%s: no bundle lies beside it: sign it first, or give --bundle FILE", args[0])
			}
			var data [][]byte
			for _, name := range bundles {
				b, err := ask.ReadFile(name, verify.MaxBundleSize)
				if err != nil {
					return err
				}
				data = append(data, b)
			}
			return upload(cmd, signFlags{attach: args[1], insecure: insecure}, bom, data)
		},
	}
	cmd.Flags().StringArrayVar(&bundles, "bundle", nil, "a bundle; may be given again; those beside the BOM if not given")
	cmd.Flags().BoolVar(&insecure, "insecure-registry", false, "reach the registry without encryption")
	return cmd
}

// upload puts a BOM and its bundles into a registry and prints where.
func upload(cmd *cobra.Command, o signFlags, bom []byte, bundles [][]byte) error {
	ref, about, err := target(o, bom)
	if err != nil {
		return err
	}
	if _, err := oci.StoreBOM(cmd.Context(), ref, bom); err != nil {
		return err
	}
	for _, b := range bundles {
		at, err := oci.AttachBundle(cmd.Context(), about, b, bomPredicate)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "originbom: attached %s\n", at)
	}
	fmt.Fprintln(cmd.OutOrStdout(), about)
	return nil
}

// target gives where a BOM is stored, and the artifact that it is about.
func target(o signFlags, bom []byte) (ref, about oci.Reference, err error) {
	if ref, err = oci.Parse(o.attach, o.insecure); err != nil {
		return ref, about, err
	}
	if ref.Pinned() {
		return ref, ref, nil
	}
	about, err = oci.WouldStore(ref, bom)
	return ref, about, err
}

// writeStatement writes what another tool is to sign. It uses no network: with
// --attach only the address is read.
func writeStatement(cmd *cobra.Command, name string, bom []byte, o signFlags) error {
	var about []sign.Subject
	if o.attach != "" {
		_, a, err := target(o, bom)
		if err != nil {
			return err
		}
		about = append(about, sign.Subject{Name: a.Repository(), SHA256: a.Digest()})
	}
	statement, err := sign.Statement(name, bom, about...)
	if err != nil {
		return err
	}
	return writeFiles(cmd.OutOrStdout(), output{o.statement, statement, 0o644})
}

// fetchSigned gets the BOM and its bundles from a registry. A BOM of one's own
// replaces those that lie there.
func fetchSigned(ctx context.Context, from string, insecure bool, q *ask.Question) (bom []byte, signed []ask.Signed, err error) {
	ref, err := oci.Parse(from, insecure)
	if err != nil {
		return nil, nil, err
	}
	found, err := oci.Fetch(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	q.Artifact = "sha256:" + ref.Digest()
	if q.BOM != "" {
		if bom, err = ask.ReadFile(q.BOM, oci.MaxSize); err != nil {
			return nil, nil, err
		}
	} else {
		switch len(found.BOMs) {
		case 0:
			return nil, nil, fmt.Errorf("%s: no BOM lies there: give the BOM's file", ref)
		case 1:
			q.BOM, bom = found.BOMs[0].Name, found.BOMs[0].Data
		default:
			return nil, nil, fmt.Errorf("%s: %d BOMs lie there: give the file of one", ref, len(found.BOMs))
		}
	}
	for _, b := range found.Bundles {
		if b.PredicateType != "" && b.PredicateType != bomPredicate {
			continue // a statement about something else, such as how it was built
		}
		signed = append(signed, ask.Signed{Name: b.Name, Bundle: b.Data})
	}
	if len(signed) == 0 {
		return nil, nil, fmt.Errorf("%s: no bundle lies there: the BOM is unsigned", ref)
	}
	return bom, signed, nil
}

// savedFiles are the files that verify --save writes.
func savedFiles(dir string, bom []byte, signed []ask.Signed) []output {
	name := filepath.Join(dir, "bom.cdx.json")
	outs := []output{{name, bom, 0o644}}
	for i, s := range signed {
		bundle := ask.BundleName(name)
		if i > 0 {
			bundle = ask.BundleName(fmt.Sprintf("%s.%d", name, i+1))
		}
		outs = append(outs, output{bundle, s.Bundle, 0o644})
	}
	return outs
}
