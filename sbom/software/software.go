// Package software reads the software of a Linux phone's root folder: its
// operating system, packages, kernels and kernel modules.
//
// # The words
//
// A root folder is an [fs.FS] whose "." is the phone's "/". It may be a folder
// on disk or a file system inside an image. [Catalog] reads it into a
// [sbom.Reading] of components, each with evidence that names the file in the
// root and what it says there.
//
// # What is read, by whom
//
// Package databases (dpkg and opkg, apk of Alpine, RPM), installed Python
// distributions, Go programs, Java archives and known programs by their version
// string are read by syft's own catalogers, chosen one by one in catalogers.
// They see the root through a resolver of ours. Kernels and modules are read
// here, each file once: syft finds no version in an arm64 kernel and none in
// nine of ten modules. This package is the only importer of syft.
//
// # The shape
//
//	operating-system   from os-release, at the top; without one its parts are
//	│                  at the top themselves
//	├── application    a package of dpkg, apk or RPM; library where its database
//	│   │              files it under a section of libraries
//	│   ├── library    a Python distribution, a Java archive, a Go module
//	│   └── application  a Go program; a program known by its version string
//	├── operating-system "linux kernel", one a release
//	│   └── device-driver  a module
//	└── firmware           a signed image of another processor (.mbn, .mdt)
//
// What a package owns by its database's own list is nested in it. Nesting is
// the only relation that is set: refs do not exist yet, so DependsOn stays empty
// and whoever gives refs derives operating system -> kernel -> drivers from it.
//
// A driver's device-tree compatibles are in its properties, for whoever joins it
// to the part that it drives. Its signature is there too, checked with the
// certificates that lie in the image of its kernel, and the kernel counts in trust
// facts how its modules are signed and licensed. A module's version is its own if it has one, else the kernel release in its
// vermagic. A kernel without an image in the root, known by its modules alone,
// is there too and its evidence says so.
//
// # The digest of the folder
//
// The digest of the input is the sha256 over one line for every file that
// evidence cites, sorted:
//
//	"path" type sha256\n
//
// with the path quoted as Go does, type file or unreadable, and a "-" in place
// of the sha256 of an unreadable file. It depends on nothing else: not on where
// the folder lies, its dates, owners or the order of reading.
//
// # Links
//
// Links, absolute and relative, resolve inside the root as chroot does it: ".."
// stops at the root. Files are opened by their real path only, so that no link
// is ever followed by the host. A folder that somebody changes meanwhile is safe
// only if root itself refuses links out of it, as the FS of an [os.Root] does.
//
// # Limits
//
// Only what databases, file names and version strings tell is found. A program
// that was copied in by hand is not. CPEs that syft makes up are dropped.
// Nothing is read from the network.
package software

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"

	_ "modernc.org/sqlite" // syft reads RPM databases through the driver registered here

	"github.com/originbom/originbom/sbom"
)

// KindRootFolder is the kind of the input that Catalog reads.
const KindRootFolder = "root-folder"

// Names of the properties of kernel modules.
const (
	PropertyCompatible = "originbom:module:compatible" // one for each device-tree compatible that the driver binds to
	PropertyInTree     = "originbom:module:in-tree"    // true or false: built with the kernel's own tree
	PropertyVermagic   = "originbom:module:vermagic"   // the kernel release and options it was built for

	PropertySignature     = "originbom:module:signature"      // one of the states below
	PropertySignatureHash = "originbom:module:signature:hash" // such as SHA-256
	PropertySignerIssuer  = "originbom:module:signer:issuer"  // of the signer's certificate
	PropertySignerSerial  = "originbom:module:signer:serial"  // of the signer's certificate, in hex
	PropertySignerKeyID   = "originbom:module:signer:key-id"  // in hex, where no issuer is told
)

// States of a module's signature. Only verified says that somebody answers for
// the module's bytes.
const (
	SignatureVerified   = "verified"    // by a certificate in an image of the module's kernel, here or on another partition
	SignatureUnsigned   = "unsigned"    // none is appended
	SignatureInvalid    = "invalid"     // damaged, or not that of the module's bytes by the certificate that it names
	SignatureForeign    = "foreign"     // by none of the certificates in the images of its kernel
	SignatureNotChecked = "not-checked" // no image of its kernel holds certificates, or it is of a kind that is not known here
)

// Names of the trust facts of a kernel's modules, after [sbom.FirmwareFact]: how
// many modules, 0 too, so that a policy can tell none from not looked.
const (
	FactModules           = "modules"                    // that could be read
	FactModulesUnsigned   = "module-unsigned"            // SignatureUnsigned
	FactModulesInvalid    = "module-invalid-signature"   // SignatureInvalid
	FactModulesForeign    = "module-foreign-signer"      // SignatureForeign
	FactModulesNotChecked = "module-unchecked-signature" // SignatureNotChecked
	FactModulesLicence    = "module-foreign-licence"     // a licence that kernels do not take for one that is compatible with the GPL
	FactModulesOutOfTree  = "module-out-of-tree"         // not built with the kernel's own tree
)

// Catalog reads the software of the root folder. The name stands for the folder
// in evidence and notes. Files that cannot be read or are over a limit, Git LFS
// pointers in place of files, and files that are not what their name promises
// are counted in notes; an error is returned for a root that cannot be read at
// all or has too many files, and when ctx ends. Calls are independent of each
// other and may run concurrently. Temporary files are made, and removed, where
// [os.TempDir] says: syft unpacks archives and RPM databases there.
func Catalog(ctx context.Context, root fs.FS, name string) (sbom.Reading, error) {
	return Options{}.Catalog(ctx, root, name)
}

// Options ask for more than packages, kernels and modules.
type Options struct {
	// ELFHardening asks how each program and shared object is hardened: see
	// PropertyELF and the facts after it. Every file of the root is opened for it.
	ELFHardening bool
	// Kernels are what is known of kernels of the phone's other partitions: on
	// Android the modules lie on other ones than their kernel. Those that are found
	// are added. Nil is none.
	Kernels *Kernels
}

// Kernels remembers the certificates in images of kernels, by release, from one
// Catalog to the next of the same phone. The zero value is empty. It must not be
// used concurrently.
type Kernels struct {
	certificates map[string][]*x509.Certificate
}

func (k *Kernels) add(release string, found []*x509.Certificate) {
	if k != nil && release != "" && len(found) > 0 {
		if k.certificates == nil {
			k.certificates = map[string][]*x509.Certificate{}
		}
		k.certificates[release] = append(k.certificates[release], found...)
	}
}

func (k *Kernels) of(release string) []*x509.Certificate {
	if k == nil {
		return nil
	}
	return k.certificates[release]
}

// Catalog is the function Catalog with options.
func (o Options) Catalog(ctx context.Context, root fs.FS, name string) (sbom.Reading, error) {
	if root == nil {
		return sbom.Reading{}, errors.New("software: no root folder given")
	}
	r, err := openRoot(ctx, root, name)
	if err != nil {
		return sbom.Reading{}, err
	}
	catalogued, err := runSyft(ctx, r)
	if err != nil {
		return sbom.Reading{}, err
	}
	if o.ELFHardening {
		if err := r.findHardening(ctx); err != nil {
			return sbom.Reading{}, err
		}
	}
	packages, err := r.packages(catalogued)
	if err != nil {
		return sbom.Reading{}, err
	}
	kernels, err := r.kernels(ctx, o.Kernels)
	if err != nil {
		return sbom.Reading{}, err
	}
	blobs, err := r.blobs(ctx)
	if err != nil {
		return sbom.Reading{}, err
	}
	r.noteUnparsed(catalogued.Artifacts.Unknowns)

	components := append(append(packages, kernels...), blobs...)
	os, named := r.operatingSystem()
	facts, shown := r.facts(named)
	if named {
		os.Components, os.Properties, os.Found = components, facts, append(os.Found, shown...)
		components = []sbom.Component{os}
	} else {
		components = append(components, sbom.Component{Properties: facts, Found: shown}) // to be sealed
	}
	digest, err := r.seal(ctx, components)
	if err != nil {
		return sbom.Reading{}, err
	}
	var whole sbom.Component
	if named {
		components[0].Properties = append(r.unseen(), facts...) // all files were read by now
		sortProperties(components[0].Properties)
	} else {
		whole, components = components[len(components)-1], components[:len(components)-1]
	}
	sortComponents(components)
	if len(components) == 0 {
		r.note("", "no operating system, package database, kernel or module was found",
			"give the folder that holds the phone's etc, usr and var")
	}
	return sbom.Reading{
		Input:      sbom.Input{Name: name, Kind: KindRootFolder, Digest: digest},
		Components: components,
		Notes:      r.allNotes(),
		Properties: whole.Properties,
		Found:      whole.Found,
	}, nil
}
