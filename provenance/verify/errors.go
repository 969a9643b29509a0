package verify

import (
	"errors"
	"fmt"
)

// ErrNotBuilt is what an error is, if a bundle needs something that this
// version cannot do. It says nothing about the bundle's worth.
var ErrNotBuilt = errors.New("not built yet")

// ErrNoTrust is what an error is, if nobody was chosen whose signature counts.
var ErrNoTrust = errors.New("no trust given: choose whose signature counts, by a trust file (boms: or assessors: with name and keys) or by one public key")

// A RefusedError says why a bundle that was read is not accepted.
type RefusedError struct {
	Reason string // what is wrong, without the file's name
	Remedy string // what to do about it, "" if that is plain
}

// Error gives "refused: reason: remedy".
func (e *RefusedError) Error() string {
	s := "refused: " + e.Reason
	if e.Remedy != "" {
		s += ": " + e.Remedy
	}
	return s
}

func refuse(remedy, format string, args ...any) error {
	return &RefusedError{Reason: fmt.Sprintf(format, args...), Remedy: remedy}
}
