package input

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/originbom/originbom/sbom"
)

const (
	// maxLooked bounds the files of a folder that are looked at for a hint: a
	// source tree has a hundred thousand.
	maxLooked = 2000
	// maxNamed is how many of them the hint names.
	maxNamed = 5
	// headBytes is enough of a file to see what it is.
	headBytes = 64 << 10
)

// tellsNothing reports whether a folder was read and nothing in it was
// understood. What is only noted is no answer.
func tellsNothing(r sbom.Reading) bool {
	d := r.Device
	return len(r.Components) == 0 && d.Model == "" && d.Name == "" && len(d.Compatible) == 0 && len(d.Facts) == 0 && len(d.Properties) == 0
}

// emptyFolder says what was looked for in a folder that told nothing. Files in
// it that could be inputs themselves are named: which of them describe the
// phone is for the caller to say.
func emptyFolder(name string, root fs.FS) error {
	err := fmt.Errorf("%s: nothing was found in this folder: looked for a device tree (as /proc/device-tree is), firmware images, unpacked partitions, "+
		"and the software of a root folder (package databases, kernel modules, applications)", name)
	found, more := inputsIn(root)
	if len(found) == 0 {
		return err
	}
	list := strings.Join(found, ", ")
	if more {
		list += " ..."
	}
	return fmt.Errorf("%w\nhint: files in it are inputs of their own: name those that are meant, such as %s", err, list)
}

var errEnough = errors.New("enough")

// inputsIn names files below root that File would read. Hidden folders are left
// out.
func inputsIn(root fs.FS) (found []string, more bool) {
	looked := 0
	_ = fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil && e != nil && e.IsDir():
			return fs.SkipDir
		case err != nil:
			return nil
		case e.IsDir() && name != "." && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir
		case !e.Type().IsRegular():
			return nil
		}
		if looked++; looked > maxLooked {
			return errEnough
		}
		if isInput(root, name) {
			if len(found) == maxNamed {
				more = true
				return errEnough
			}
			found = append(found, name)
		}
		return nil
	})
	return found, more
}

// isInput looks at the beginning of a file. Plain text is an input only if its
// name says that it is a table: source code is text too.
func isInput(root fs.FS, name string) bool {
	f, err := root.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, headBytes))
	if err != nil {
		return false
	}
	low := strings.ToLower(name)
	switch Detect(head) {
	case DeviceTree, LiveDump, Workbook, IPC2581, KiCadNetlist, ComponentList, Lshw, CycloneDX, ClaimBundle:
		return true
	case PartList:
		return strings.HasSuffix(low, ".csv") || strings.HasSuffix(low, ".tsv")
	case ZIP: // a workbook is told from other archives by its end
		return strings.HasSuffix(low, ".xlsx") || strings.HasSuffix(low, ".apk")
	}
	return false
}
