// Mkimage writes Android containers for which Debian has no tool, for the image
// set that .ci/corpus/android-images makes. Its keys are new at every run.
//
//	mkimage super OUT NAME=IMAGE...
//	mkimage payload OUT NAME=IMAGE...
//	mkimage dtbo OUT TREE...
//	mkimage vbmeta OUT signed|unsigned|disabled|tampered NAME=IMAGE...
//	mkimage footer OUT NAME=IMAGE
//
// A vbmeta describes boot and dtbo by digest, others by hash tree.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/originbom/originbom/sbom/firmware/firmwaretest"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "mkimage: usage: mkimage super|payload|dtbo|vbmeta|footer OUT ARGUMENT...")
		os.Exit(3)
	}
	data, err := build(os.Args[1], os.Args[3:])
	if err == nil {
		err = os.WriteFile(os.Args[2], data, 0o644)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "mkimage: %v\n", err)
		os.Exit(3)
	}
}

func build(what string, args []string) ([]byte, error) {
	seal := ""
	if what == "vbmeta" {
		seal, args = args[0], args[1:]
	}
	var files []firmwaretest.File
	for _, a := range args {
		name, path, ok := strings.Cut(a, "=")
		if !ok {
			path = a
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, firmwaretest.File{Name: name, Data: data})
	}
	switch what {
	case "super":
		return firmwaretest.Super(files...), nil
	case "payload":
		return firmwaretest.Payload(0, files...), nil
	case "dtbo":
		var trees [][]byte
		for _, f := range files {
			trees = append(trees, f.Data)
		}
		return firmwaretest.Table(trees...), nil
	case "vbmeta":
		return vbmeta(seal, files)
	case "footer":
		image := blocks(files[0].Data)
		vb := firmwaretest.VBMeta(firmwaretest.Key(), 0, 0, firmwaretest.TreeDescriptor(files[0].Name, image))
		return firmwaretest.Footer(image, vb, len(image)+1<<20), nil
	}
	return nil, fmt.Errorf("%q is not known", what)
}

func blocks(b []byte) []byte { return append(b, make([]byte, (4096-len(b)%4096)%4096)...) }

func vbmeta(seal string, files []firmwaretest.File) ([]byte, error) {
	var ds [][]byte
	for _, f := range files {
		if f.Name == "boot" || f.Name == "dtbo" {
			ds = append(ds, firmwaretest.HashDescriptor(f.Name, blocks(f.Data)))
		} else {
			ds = append(ds, firmwaretest.TreeDescriptor(f.Name, blocks(f.Data)))
		}
	}
	switch seal {
	case "signed":
		return blocks(firmwaretest.VBMeta(firmwaretest.Key(), 5, 0, ds...)), nil
	case "disabled":
		return blocks(firmwaretest.VBMeta(firmwaretest.Key(), 0, 3, ds...)), nil
	case "unsigned":
		return blocks(firmwaretest.VBMeta(nil, 0, 0, ds...)), nil
	case "tampered":
		b := firmwaretest.VBMeta(firmwaretest.Key(), 5, 0, ds...)
		b[130] ^= 1
		return blocks(b), nil
	}
	return nil, fmt.Errorf("%q is not signed, disabled, unsigned or tampered", seal)
}
