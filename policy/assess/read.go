package assess

import (
	"context"
	"io/fs"

	"github.com/originbom/originbom/provenance/claim"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/firmware"
	"github.com/originbom/originbom/sbom/hardware"
	"github.com/originbom/originbom/sbom/input"
)

// A told is what a source told: a result, or a supplier's answers.
type told struct {
	input.Result
	answers *claim.Answers
}

func read(ctx context.Context, fsys fs.FS, s Source, watch firmware.Watch) (told, error) {
	st, err := fs.Stat(fsys, s.Path)
	if err != nil {
		return told{}, plain(err)
	}
	if st.IsDir() {
		sub, err := fs.Sub(fsys, s.Path)
		if err != nil {
			return told{}, err
		}
		res, err := input.Folder(ctx, s.Name, sub, &s.Options, watch)
		return told{Result: res}, err
	}
	if res, ok, err := readImage(ctx, fsys, s, watch); ok || err != nil {
		return told{Result: res}, err
	}
	data, err := readFile(fsys, s.Path, input.MaxBytes)
	if err != nil {
		return told{}, err
	}
	res, err := input.File(s.Name, data, &s.Options)
	if err != nil || !areAnswers(res.Account) {
		return told{Result: res}, err
	}
	text, err := input.CSV(s.Name, data)
	if err != nil {
		return told{}, err
	}
	a, err := claim.ReadUnsigned(sbom.Source{Name: s.Name, Digest: res.Reading.Input.Digest}, text)
	return told{answers: a}, err
}

// areAnswers reports whether a part list has the header of the spreadsheet in
// which suppliers answer.
func areAnswers(a *hardware.Account) bool {
	if a == nil {
		return false
	}
	var titles []string
	for _, c := range a.Columns {
		titles = append(titles, c.Title)
	}
	return claim.AreAnswers(titles)
}
