// Package oci keeps BOMs and their bundles in an OCI registry, beside the
// firmware or container image that they describe.
//
// # The words
//
// An artifact is what a registry names by the sha256 of its manifest. A referrer
// is another artifact whose manifest names the first as its subject (OCI
// distribution 1.1), so that it can be found from it. A bundle is attached as a
// referrer in the form in which cosign finds it: artifact type and layer
// application/vnd.dev.sigstore.bundle.v0.3+json, with annotations that name its
// predicate. A BOM is one of type application/vnd.cyclonedx+json, a referrer of
// the firmware that it describes, or an artifact of its own whose bundle refers
// to it.
//
//	ref, err := oci.Parse("oci://registry.example/firmware@sha256:...", false)
//	found, err := oci.Fetch(ctx, ref)
//
// # What it does not do
//
// It believes nothing: what it fetches has the digests that were asked for, and
// who signed it is for package verify to tell. An address to read from always
// has a digest, since whoever runs the registry can move a tag. It uses the
// network, so it is called only if a flag asks for it. It retries nothing.
package oci

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json"
	bomType    = "application/vnd.cyclonedx+json"
	emptyType  = "application/vnd.oci.empty.v1+json"
	// predicateKey is the annotation that names a bundle's predicate type.
	predicateKey = "dev.sigstore.bundle.predicateType"

	// MaxSize is the largest BOM or bundle in bytes that is fetched: what
	// package verify reads at most.
	MaxSize = 129 << 20
	// maxManifest is the largest manifest or list of referrers in bytes. One
	// with a layer has 700.
	maxManifest = 4 << 20
	// maxReferrers bounds how many referrers are fetched.
	maxReferrers = 64
	// patience is how long a registry may take for everything that one command
	// asks of it.
	patience = 2 * time.Minute
)

// A Reference names an artifact, or a repository if it has no digest.
type Reference struct {
	repo   name.Repository
	digest v1.Hash // zero for a repository
}

// Parse reads oci://HOST/REPO@sha256:HEX or oci://HOST/REPO. A tag is refused.
// insecure reaches the host without encryption; hosts on this computer always
// are.
func Parse(address string, insecure bool) (Reference, error) {
	rest, ok := strings.CutPrefix(address, "oci://")
	if !ok {
		return Reference{}, fmt.Errorf("%.200q is not an address in a registry (oci://HOST/REPO@sha256:HEX)", address)
	}
	opts := []name.Option{name.StrictValidation}
	if insecure {
		opts = append(opts, name.Insecure)
	}
	repo, digest, pinned := strings.Cut(rest, "@")
	r := Reference{}
	var err error
	if r.repo, err = name.NewRepository(repo, opts...); err != nil {
		return Reference{}, fmt.Errorf("%.200q: %w: write oci://HOST/REPO@sha256:..., without a tag", address, err)
	}
	if !pinned {
		return r, nil
	}
	if r.digest, err = v1.NewHash(digest); err != nil || r.digest.Algorithm != "sha256" || r.digest.Hex != strings.ToLower(r.digest.Hex) {
		return Reference{}, fmt.Errorf("%.200q: the digest is not sha256: and 64 lower-case hex digits", address)
	}
	return r, nil
}

// Pinned reports whether the reference has a digest.
func (r Reference) Pinned() bool { return r.digest != v1.Hash{} }

// Digest is the sha256 of the artifact's manifest, in hex; "" for a repository.
func (r Reference) Digest() string { return r.digest.Hex }

// Repository is the name of the repository, with its host.
func (r Reference) Repository() string { return r.repo.Name() }

// String gives the address.
func (r Reference) String() string {
	if !r.Pinned() {
		return "oci://" + r.repo.Name()
	}
	return "oci://" + r.repo.Name() + "@" + r.digest.String()
}

func (r Reference) at(h v1.Hash) name.Digest { return r.repo.Digest(h.String()) }

// manifest is an OCI 1.1 manifest. go-containerregistry's type has no artifact
// type.
type manifest struct {
	v1.Manifest
	ArtifactType string `json:"artifactType"`
}

// A written manifest is what remote.Put takes.
type written []byte

func (w written) RawManifest() ([]byte, error)        { return w, nil }
func (w written) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

// StoreBOM stores a BOM as an artifact in a repository or, if ref is pinned, as
// a referrer of that artifact. It returns where. The same bytes give the same
// digest.
func StoreBOM(ctx context.Context, ref Reference, bom []byte) (Reference, error) {
	return put(ctx, ref, bomType, bom, nil)
}

// AttachBundle attaches a bundle to the pinned artifact, as cosign does.
func AttachBundle(ctx context.Context, ref Reference, bundle []byte, predicateType string) (Reference, error) {
	if !ref.Pinned() {
		return Reference{}, fmt.Errorf("%s: a bundle is attached to an artifact: give its digest", ref)
	}
	return put(ctx, ref, bundleType, bundle, map[string]string{
		"dev.sigstore.bundle.content": "dsse-envelope", predicateKey: predicateType,
	})
}

// WouldStore tells where [StoreBOM] would store a BOM in a repository, without
// asking it: so that the statement about it can be signed before anything is
// written.
func WouldStore(repo Reference, bom []byte) (Reference, error) {
	if repo.Pinned() {
		return Reference{}, fmt.Errorf("%s: is an artifact, not a repository", repo)
	}
	_, _, h, err := build(bomType, bom, nil, nil)
	return Reference{repo.repo, h}, err
}

// build makes the manifest of an artifact of one layer.
func build(kind string, data []byte, annotations map[string]string, subject *v1.Descriptor) (layers []v1.Layer, raw []byte, h v1.Hash, err error) {
	m := manifest{ArtifactType: kind, Manifest: v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Annotations: annotations, Subject: subject,
	}}
	config := static.NewLayer([]byte("{}"), emptyType)
	layer := static.NewLayer(data, types.MediaType(kind))
	if m.Config, err = describe(config, 2, emptyType); err != nil {
		return nil, nil, h, err
	}
	d, err := describe(layer, len(data), kind)
	if err != nil {
		return nil, nil, h, err
	}
	m.Layers = []v1.Descriptor{d}
	if raw, err = json.Marshal(m); err != nil {
		return nil, nil, h, err
	}
	h, _, err = v1.SHA256(bytes.NewReader(raw))
	return []v1.Layer{config, layer}, raw, h, err
}

func describe(l v1.Layer, size int, kind string) (v1.Descriptor, error) {
	h, err := l.Digest()
	return v1.Descriptor{MediaType: types.MediaType(kind), Digest: h, Size: int64(size)}, err
}

// put writes an artifact of one layer that refers to ref, if that is pinned.
func put(ctx context.Context, ref Reference, kind string, data []byte, annotations map[string]string) (Reference, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var subject *v1.Descriptor
	if ref.Pinned() {
		d, err := remote.Head(ref.at(ref.digest), options(ctx)...)
		if err != nil {
			return Reference{}, failed(ref, err)
		}
		subject = &v1.Descriptor{MediaType: d.MediaType, Digest: ref.digest, Size: d.Size}
	}
	layers, raw, h, err := build(kind, data, annotations, subject)
	if err != nil {
		return Reference{}, err
	}
	for _, l := range layers {
		if err := remote.WriteLayer(ref.repo, l, options(ctx)...); err != nil {
			return Reference{}, failed(ref, err)
		}
	}
	if err := remote.Put(ref.at(h), written(raw), options(ctx)...); err != nil {
		return Reference{}, failed(ref, err)
	}
	return Reference{ref.repo, h}, nil
}

// options are those of every request. Credentials are those that docker login
// left.
func options(ctx context.Context) []remote.Option {
	return []remote.Option{
		remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain),
		remote.WithTransport(capped{http.DefaultTransport}), remote.WithRetryStatusCodes(),
		remote.WithRetryBackoff(remote.Backoff{Steps: 1}),
	}
}

func failed(ref Reference, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > 500 {
		text = strings.ToValidUTF8(text[:500], "") + "..."
	}
	return fmt.Errorf("%s: %s", ref, text)
}
