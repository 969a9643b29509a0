package software

import (
	"context"
	"fmt"
	"sync"

	"github.com/anchore/syft/syft"
	"github.com/anchore/syft/syft/cataloging"
	"github.com/anchore/syft/syft/cataloging/pkgcataloging"
	"github.com/anchore/syft/syft/pkg"
	"github.com/anchore/syft/syft/pkg/cataloger/alpine"
	"github.com/anchore/syft/syft/pkg/cataloger/binary"
	"github.com/anchore/syft/syft/pkg/cataloger/debian"
	"github.com/anchore/syft/syft/pkg/cataloger/golang"
	"github.com/anchore/syft/syft/pkg/cataloger/java"
	"github.com/anchore/syft/syft/pkg/cataloger/python"
	"github.com/anchore/syft/syft/pkg/cataloger/redhat"
	syftsbom "github.com/anchore/syft/syft/sbom"
)

// catalogers are those of syft that a phone's root needs, and our own for
// Android. Everything that asks
// the network, this machine's caches or its environment is off.
func catalogers() []pkg.Cataloger {
	archives := java.ArchiveCatalogerConfig{
		ArchiveSearchConfig: cataloging.ArchiveSearchConfig{IncludeIndexedArchives: false, IncludeUnindexedArchives: false},
	}
	programs := golang.CatalogerConfig{
		MainModuleVersion: golang.DefaultMainModuleVersionConfig(),
		CaptureSymbols:    cataloging.SymbolScopeNone,
	}
	return append([]pkg.Cataloger{
		debian.NewDBCataloger(),
		alpine.NewDBCataloger(),
		redhat.NewDBCataloger(),
		python.NewInstalledPackageCataloger(),
		golang.NewGoModuleBinaryCataloger(programs),
		java.NewArchiveCataloger(archives),
		binary.NewClassifierCataloger(binary.DefaultClassifierCatalogerConfig()),
	}, androidCatalogers()...)
}

// runSyft lets the catalogers loose on the root, one after the other so that the
// result depends on nothing but the root.
func runSyft(ctx context.Context, r *root) (*syftsbom.SBOM, error) {
	if err := r.findPointers(ctx.Err); err != nil {
		return nil, err
	}
	cfg := syft.DefaultCreateSBOMConfig().
		WithoutCatalogers().
		WithoutFiles().
		WithParallelism(1).
		WithDataGenerationConfig(cataloging.DataGenerationConfig{GenerateCPEs: false}).
		WithRelationshipsConfig(cataloging.RelationshipsConfig{}).
		WithUnknownsConfig(cataloging.UnknownsConfig{}).
		WithComplianceConfig(cataloging.ComplianceConfig{
			MissingName:    cataloging.ComplianceActionDrop,
			MissingVersion: cataloging.ComplianceActionKeep,
		})
	for _, c := range catalogers() {
		cfg = cfg.WithCatalogers(pkgcataloging.NewCatalogerReference(c, []string{pkgcataloging.DirectoryTag}))
	}
	scanner, err := licenseScanner()
	if err != nil {
		return nil, fmt.Errorf("licence scanner: %w", err)
	}
	found, err := syft.CreateSBOM(withValues{ctx, scanner}, rootSource{r, ctx.Err}, cfg)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: catalogue packages: %w", r.name, err)
	}
	return found, nil
}

// licenseScanner builds syft's scanner of licence texts, in the only form in
// which syft gives it away. That takes 0.7 s of CPU and the result never
// changes, so it is done once. It may be used concurrently.
var licenseScanner = sync.OnceValues(func() (context.Context, error) {
	return syft.SetContextLicenseScanner(context.Background(), cataloging.DefaultLicenseConfig())
})

// withValues is a context with the values of another one added.
type withValues struct {
	context.Context
	more context.Context
}

func (c withValues) Value(key any) any {
	if v := c.Context.Value(key); v != nil {
		return v
	}
	return c.more.Value(key)
}
