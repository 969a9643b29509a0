package assess

import (
	"errors"
	"io"
	"io/fs"
	"slices"

	"github.com/originbom/originbom/sbom/hardware"
	"github.com/originbom/originbom/sbom/input"
)

// joinOverlays gives the sources with each device-tree overlay among the options
// of the source before it, which it changes.
func joinOverlays(fsys fs.FS, src []Source) ([]Source, error) {
	var out []Source
	for _, s := range src {
		data, err := overlay(fsys, s)
		if err != nil {
			return nil, err
		}
		if data == nil || len(out) == 0 {
			out = append(out, s) // a first overlay is refused where it is read
			continue
		}
		base := &out[len(out)-1]
		base.Options.Overlays = append(slices.Clip(base.Options.Overlays), hardware.TreeFile{Name: s.Name, Data: data})
	}
	return out, nil
}

// overlay gives the content of a file that is a device-tree overlay, else nil. Of
// others it reads the first bytes.
func overlay(fsys fs.FS, s Source) ([]byte, error) {
	st, err := fs.Stat(fsys, s.Path)
	if err != nil || st.IsDir() {
		return nil, nil // reading it tells what is wrong
	}
	f, err := fsys.Open(s.Path)
	if err != nil {
		return nil, nil
	}
	magic := make([]byte, 4)
	_, err = io.ReadFull(f, magic)
	if err = errors.Join(err, f.Close()); err != nil || !hardware.IsDeviceTree(magic) {
		return nil, nil
	}
	data, err := readFile(fsys, s.Path, input.MaxBytes)
	if err != nil || !input.IsOverlay(data) {
		return nil, err
	}
	return data, nil
}
