package software

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/apex"
	"github.com/originbom/originbom/sbom/internal/apkzip"
)

// KindApp is the kind of the input that App reads.
const KindApp = "android-app"

// App reads a single APK or APEX of size bytes. It is not ok if r holds neither;
// an error is then nil. Where the app lies on a phone a file alone does not
// tell, so its partition and privileges are absent.
func App(ctx context.Context, name string, r io.ReaderAt, size int64) (reading sbom.Reading, ok bool, err error) {
	z, err := apkzip.Open(r, size)
	if err != nil {
		return sbom.Reading{}, false, nil
	}
	if _, ok := z.Find(manifestEntry); !ok {
		return sbom.Reading{}, false, nil
	}
	read := readAPK
	if _, ok := z.Find(apex.ManifestName); ok {
		read = readAPEX
	}
	app, err := read(ctx, r, size)
	if err != nil {
		return sbom.Reading{}, true, fmt.Errorf("%s: %w", name, err)
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r, 0, size)); err != nil {
		return sbom.Reading{}, true, fmt.Errorf("%s: %w", name, plainError(err))
	}
	digest := hex.EncodeToString(h.Sum(nil))
	c := app.component("")
	c.Hashes = fileHash(digest)
	c.Found = []sbom.Evidence{
		{Method: sbom.MethodImage, Says: clip(app.says(), maxSays)},
		{Method: sbom.MethodImage, Says: clip(app.saysSignature(), maxSays)},
	}
	components := []sbom.Component{c}
	reading.Input = sbom.Input{Name: name, Kind: KindApp, Digest: digest}
	each(components, func(c *sbom.Component) { attribute(c, sbom.Source{Name: name, Digest: digest}) })
	for _, n := range app.Notes {
		reading.Notes = append(reading.Notes, sbom.Note{File: name, Text: printed(n)})
	}
	sortComponents(components)
	reading.Components = components
	return reading, true, nil
}
