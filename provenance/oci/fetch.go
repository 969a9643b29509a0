package oci

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Found is what lies in a registry about an artifact.
type Found struct {
	BOMs    []File // of the artifact: itself, or its referrers
	Bundles []File
}

// A File is a layer and the address of the artifact that holds it.
type File struct {
	Name string
	Data []byte
	// PredicateType is that of a bundle, as its manifest has it: whoever wrote
	// there says so. "" if it does not.
	PredicateType string
}

// Fetch gets the BOMs and bundles of the pinned artifact. All have the digests
// that their manifests say; nothing of them is believed.
func Fetch(ctx context.Context, ref Reference) (Found, error) {
	if !ref.Pinned() {
		return Found{}, fmt.Errorf("%s: has no digest: write oci://HOST/REPO@sha256:..., because a tag may be moved", ref)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var f Found
	own, err := readManifest(ctx, ref, ref.digest)
	if err != nil {
		return Found{}, err
	}
	if own.ArtifactType == bomType {
		if err := f.add(ctx, ref, ref.digest, own); err != nil {
			return Found{}, err
		}
	}
	if err := f.referrers(ctx, ref); err != nil {
		return Found{}, err
	}
	return f, nil
}

// referrers fetches what refers to the artifact.
func (f *Found) referrers(ctx context.Context, ref Reference) error {
	list, err := remote.Referrers(ref.at(ref.digest), options(ctx)...)
	if err != nil {
		return failed(ref, err)
	}
	index, err := list.IndexManifest()
	if err != nil {
		return failed(ref, err)
	}
	taken := 0
	for _, d := range index.Manifests {
		if other(d.ArtifactType) {
			continue
		}
		if taken++; taken > maxReferrers {
			return fmt.Errorf("%s: more than %d artifacts that may be BOMs and bundles refer to it", ref, maxReferrers)
		}
		m, err := readManifest(ctx, ref, d.Digest)
		if err != nil {
			return err
		}
		if m.Subject == nil || m.Subject.Digest != ref.digest {
			return fmt.Errorf("%s: the registry lists %s, which refers to something else", ref, d.Digest)
		}
		if m.ArtifactType != bundleType && m.ArtifactType != bomType {
			continue
		}
		if err := f.add(ctx, ref, d.Digest, m); err != nil {
			return err
		}
	}
	return nil
}

// other reports whether a list of referrers says that one is neither BOM nor
// bundle. Some registries list the type of the config instead, or nothing.
func other(listed string) bool {
	switch listed {
	case bundleType, bomType, emptyType, "":
		return false
	}
	return true
}

// add fetches the one layer of a manifest.
func (f *Found) add(ctx context.Context, ref Reference, at v1.Hash, m *manifest) error {
	if len(m.Layers) != 1 {
		return fmt.Errorf("%s: %s has %d layers, not one", ref, at, len(m.Layers))
	}
	d := m.Layers[0]
	if d.Size > MaxSize || d.Size < 0 {
		return fmt.Errorf("%s: the layer of %s has %d bytes, more than the limit of %d", ref, at, d.Size, MaxSize)
	}
	layer, err := remote.Layer(ref.at(d.Digest), options(ctx)...)
	if err != nil {
		return failed(ref, err)
	}
	r, err := layer.Compressed()
	if err != nil {
		return failed(ref, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, d.Size+1))
	if err != nil {
		return failed(ref, err)
	}
	if int64(len(data)) != d.Size || d.Digest.Algorithm != "sha256" || hexDigest(data) != d.Digest.Hex {
		return fmt.Errorf("%s: the layer of %s is not what its digest says", ref, at)
	}
	file := File{Reference{ref.repo, at}.String(), data, m.Annotations[predicateKey]}
	if m.ArtifactType == bomType {
		f.BOMs = append(f.BOMs, file)
	} else {
		f.Bundles = append(f.Bundles, file)
	}
	return nil
}

// readManifest reads a manifest and checks its digest.
func readManifest(ctx context.Context, ref Reference, at v1.Hash) (*manifest, error) {
	d, err := remote.Get(ref.at(at), options(ctx)...)
	if err != nil {
		return nil, failed(ref, err)
	}
	if hexDigest(d.Manifest) != at.Hex {
		return nil, fmt.Errorf("%s: the manifest %s is not what its digest says", ref, at)
	}
	m := &manifest{}
	if err := json.Unmarshal(d.Manifest, m); err != nil {
		return nil, fmt.Errorf("%s: the manifest %s is malformed: %w", ref, at, err)
	}
	if m.ArtifactType == "" { // cosign v2 names it in the config
		m.ArtifactType = m.Config.ArtifactType
	}
	return m, nil
}

func hexDigest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// capped ends answers that are longer than anything that is asked for.
type capped struct{ http.RoundTripper }

func (c capped) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := c.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	limit := int64(maxManifest)
	if isBlob(req.URL.Path) {
		limit = MaxSize + 1
	}
	res.Body = &cappedBody{res.Body, limit, limit}
	return res, nil
}

type cappedBody struct {
	io.ReadCloser
	left, limit int64
}

func (b *cappedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		if n, err := b.ReadCloser.Read(p[:min(1, len(p))]); n == 0 {
			return 0, err
		}
		return 0, fmt.Errorf("the registry's answer is longer than the limit of %d bytes", b.limit)
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// isBlob tells the content of a layer, by the address or where it is kept, from
// a manifest or a list.
func isBlob(path string) bool {
	return !strings.Contains(path, "/manifests/") && !strings.Contains(path, "/referrers/") && !strings.HasSuffix(path, "/v2/")
}
