package verify

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrNoTrust is what an error is, if nobody was chosen whose signature counts.
var ErrNoTrust = errors.New("no trust given: choose whose signature counts, by a trust file (boms:, suppliers: or assessors: with name and keys or identities), by one public key, or by an identity with its issuer and trusted root")

// A RefusedError says why a bundle that was read is not accepted.
type RefusedError struct {
	Reason string // what is wrong, without the file's name
	Remedy string // what to do about it, "" if that is plain
}

// Error gives "refused: reason: remedy".
func (e *RefusedError) Error() string { return phrase("refused: ", e.Reason, e.Remedy) }

func refuse(remedy, format string, args ...any) error {
	return &RefusedError{Reason: fmt.Sprintf(format, args...), Remedy: remedy}
}

func phrase(start, reason, remedy string) string {
	if remedy != "" {
		reason += ": " + remedy
	}
	return start + reason
}

// A Weakness names why a whole statement is not its signer's word for us.
type Weakness string

// The weaknesses.
const (
	UnknownSigner        Weakness = "unknown-signer"        // trust does not name the key or identity
	UntrustedCertificate Weakness = "untrusted-certificate" // no trusted authority issued it, or not for that time
	NotYetValid          Weakness = "not-yet-valid"         // signed before the key is valid, or after the time of verification
	Expired              Weakness = "expired"               // the key was no longer valid
	Revoked              Weakness = "revoked"               // the key was revoked
	Compromised          Weakness = "compromised"           // the key is compromised, and no trusted time says that the signature is older
	NoTimestamp          Weakness = "no-timestamp"          // a trusted timestamp is needed and missing
	NoLog                Weakness = "no-log"                // a log entry is required and missing
	TooOld               Weakness = "too-old"               // signed longer ago than the trust file allows
	PredicateNotInScope  Weakness = "predicate-not-in-scope"
)

// A WeakError says why a statement that is whole is not believed as its
// signer's: the signer is unknown, or its key does not count for that time.
// What the statement says may be shown as the word of nobody in particular.
type WeakError struct {
	Weakness Weakness
	Reason   string // in words, without the file's name
	Remedy   string // what to do about it, "" if that is plain
	// Unchecked tells that the signature itself could not be checked, because
	// its key is not known. Otherwise it verifies.
	Unchecked bool
	// Subjects and PredicateType are those of the untrusted statement.
	Subjects      []Subject
	PredicateType string
	BundleDigest  string // sha256 of the bundle, hex

	payload []byte
	noTrust bool
}

// Error gives "not believed: reason: remedy".
func (e *WeakError) Error() string { return phrase("not believed: ", e.Reason, e.Remedy) }

// Is lets errors.Is find [ErrNoTrust], if nobody at all was chosen.
func (e *WeakError) Is(target error) bool { return e.noTrust && target == ErrNoTrust }

// Untrusted gives the statement's bytes. Nobody whom trust knows vouches for
// them.
func (e *WeakError) Untrusted() []byte { return bytes.Clone(e.payload) }

// A weakness is the inner form of both outcomes: for a BOM it is a refusal, for
// a statement a WeakError.
type weakness struct {
	code      Weakness
	reason    string
	remedy    string
	unchecked bool
}

func (w *weakness) Error() string { return w.reason }

// refusal makes a weakness a refusal to accept a BOM.
func refusal(err error) error {
	var w *weakness
	if errors.As(err, &w) {
		return &RefusedError{Reason: w.reason, Remedy: w.remedy}
	}
	return err
}
