// Package apksig verifies the signatures of APKs as Android does.
//
// # The schemes
//
// An APK may be signed in four ways, and usually is in several, for the Android
// versions that know each:
//
//	v1    META-INF/*.SF and .RSA, .DSA, .EC: JAR signing (API level 1 and newer)
//	v2    the APK Signing Block before the ZIP directory (24, Android 7.0)
//	v3    the same with rotation: a lineage of certificates, each of which
//	      signs the next (28, Android 9)
//	v3.1  a second v3 block, for rotation from a later version on (33, Android 13)
//
// A version looks at the newest scheme that it knows and the APK has, and at no
// other. A scheme that is there and does not verify is refused; older schemes say
// which newer ones were there, so that stripping those is refused too.
//
// [Verify] asks what an APK amounts to on every version from the lowest that its
// manifest admits to the newest: it is [Result.Verified] only if all of them take
// it. The rules are those of Android's own library (AOSP, tools/apksig:
// ApkVerifier, V1SchemeVerifier, V2SchemeVerifier, V3SchemeVerifier), which the
// tests compare with.
//
// # What it does not say
//
// Android trusts no certificate: anybody may sign with a key of their own, and a
// verified signature says who made the file only to those who know the key.
// Source stamps and v4 (a file beside the APK) are not looked at. RSA keys below
// 1024 bits are refused, which old versions of Android take.
package apksig

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/originbom/originbom/sbom/internal/apkzip"
)

// A Scheme is a way to sign an APK.
type Scheme string

// The schemes, oldest first.
const (
	V1  Scheme = "v1"
	V2  Scheme = "v2"
	V3  Scheme = "v3"
	V31 Scheme = "v3.1"
)

// API levels at which something changed.
const (
	apiJellyBeanMR2 = 18 // digests of JAR manifests: the strongest counts
	apiKitKat       = 19 // signed attributes are verified rightly
	apiNougat       = 24 // v2
	apiPie          = 28 // v3
	apiR            = 30 // apps for it need v2
	apiTiramisu     = 33 // v3.1
	newest          = 1<<31 - 1
)

// maxSigners is how many signers Android accepts in one scheme.
const maxSigners = 10

// Platform is what the manifest says of the versions that an APK is for.
type Platform struct {
	MinSDK    int // lowest API level that it may be installed on
	TargetSDK int // level that it was made for
	Sandbox   int // targetSandboxVersion
}

// A Result is the answer of Verify.
type Result struct {
	// Verified is true if every Android version from MinSDK on accepts the APK.
	Verified bool
	// Present are the schemes of which there is anything, Schemes those that
	// verify, both oldest first. Schemes that no version from MinSDK on looks at
	// are not verified. Some may verify although the APK does not.
	Present, Schemes []Scheme
	// Signers are the signing certificates of the newest scheme that verifies:
	// several where several parties signed together (v1, v2), one in v3.
	Signers []Certificate
	// Past are the certificates before the current one in its lineage, newest
	// first: their owners handed over to the next.
	Past []Certificate
	// Problems say why the APK does not verify, in words.
	Problems []string
}

// A verified scheme and those who signed it.
type signers struct {
	certs   []Certificate // of v3: in the order of the Android versions they are for
	lineage []Certificate // oldest first; nil without rotation
	minSDK  int           // of v3.1: from where rotation counts
}

// errAbsent says that the APK has nothing of a scheme.
var errAbsent = errors.New("the scheme is absent")

// Verify verifies the APK in z.
func Verify(z *apkzip.Archive, p Platform) Result {
	v := &verification{z: z, p: p, signed: map[Scheme]signers{}}
	block, err := findBlock(z)
	if err != nil {
		v.problem("%v", err)
		return v.res
	}
	v.block = block
	v.res.Present = v.present()
	if len(v.res.Present) == 0 {
		v.problem("it is not signed")
		return v.res
	}
	if v.run() {
		v.res.Verified = true
	}
	v.name()
	return v.res
}

type verification struct {
	z      *apkzip.Archive
	p      Platform
	block  *block
	signed map[Scheme]signers // the schemes that verify
	found  []Scheme           // schemes of the signing block that Android met on its way

	contents *contents // digests of the file; nil before somebody asks
	res      Result
}

func (v *verification) problem(format string, args ...any) {
	v.res.Problems = append(v.res.Problems, fmt.Sprintf(format, args...))
}

// present lists the schemes of which there is anything.
func (v *verification) present() []Scheme {
	var out []Scheme
	if _, blocks := jarFiles(v.z); len(blocks) > 0 {
		out = append(out, V1)
	}
	for _, s := range []Scheme{V2, V3, V31} {
		if v.block.has(s) {
			out = append(out, s)
		}
	}
	return out
}

// run goes through the schemes as Android's verifier does, newest first. Each
// step that fails ends it: that version of Android refuses the APK.
func (v *verification) run() bool {
	if !v.modern() {
		return false
	}
	if v.p.Sandbox > 1 && len(v.found) == 0 {
		v.problem("it targets sandbox version %d, which needs scheme v2 or newer", v.p.Sandbox)
	}
	if v.p.MinSDK < apiNougat || len(v.found) == 0 {
		if !v.try(V1, func() (signers, error) { return v.verifyJAR() }, true) {
			return false
		}
	}
	v.agree()
	if v.p.TargetSDK >= apiR && !v.verified(V2, V3, V31) {
		v.problem("it is for API level %d, which needs scheme v2 or newer", v.p.TargetSDK)
	}
	return len(v.res.Problems) == 0
}

// modern goes through the schemes of the signing block.
func (v *verification) modern() bool {
	if !v.try(V31, func() (signers, error) { return v.verifyV3(V31, 0) }, false) {
		return false
	}
	rotation := v.signed[V31].minSDK
	if !v.try(V3, func() (signers, error) { return v.verifyV3(V3, rotation) }, false) {
		return false
	}
	if slices.Contains(v.found, V31) && !slices.Contains(v.found, V3) {
		v.problem("v3.1: there is no v3 signature beside it")
		return false
	}
	if v.p.MinSDK < apiPie || len(v.found) == 0 {
		return v.try(V2, v.verifyV2, false)
	}
	return true
}

// try verifies one scheme. An absent one is a problem only if it is needed.
func (v *verification) try(s Scheme, verify func() (signers, error), needed bool) bool {
	got, err := verify()
	if errors.Is(err, errAbsent) && !needed {
		return true
	}
	if s != V1 && !errors.Is(err, errAbsent) {
		v.found = append(v.found, s)
	}
	if err != nil {
		if errors.Is(err, errAbsent) {
			err = fmt.Errorf("there is no JAR signature, and Android of API level %d knows no other scheme that it has", v.p.MinSDK)
		}
		v.problem("%s: %v", s, err)
		return false
	}
	v.signed[s] = got
	return true
}

func (v *verification) verified(ss ...Scheme) bool {
	return slices.ContainsFunc(ss, func(s Scheme) bool { _, ok := v.signed[s]; return ok })
}

// agree checks that the schemes name the same parties, or that the older ones
// name the first of the newer ones' lineage.
func (v *verification) agree() {
	if v.verified(V1) && v.verified(V2) && !sameSet(v.signed[V1].certs, v.signed[V2].certs) {
		v.problem("v1 and v2 are signed by different parties")
	}
	if !v.verified(V3) || !v.verified(V1, V2) {
		return
	}
	old := v.signed[V2].certs
	if v.verified(V1) {
		old = v.signed[V1].certs
	}
	if len(old) != 1 {
		v.problem("v3 stands beside older schemes with %d signers, where one is allowed", len(old))
	}
	lineage := v.signed[V31].lineage
	if lineage == nil {
		lineage = v.signed[V3].lineage
	}
	switch now := v.signed[V3].certs; {
	case lineage != nil && !lineage[0].same(old[0]):
		v.problem("the older schemes are not signed by the first certificate of the lineage")
	case lineage == nil && len(now) != 1:
		v.problem("v3 has %d signers and no lineage between them", len(now))
	case lineage == nil && !now[0].same(old[0]):
		v.problem("v3 and the older schemes are signed by different parties")
	}
}

func sameSet(a, b []Certificate) bool {
	within := func(x, y []Certificate) bool {
		return !slices.ContainsFunc(x, func(c Certificate) bool { return !slices.ContainsFunc(y, c.same) })
	}
	return within(a, b) && within(b, a)
}

// name fills in the schemes that verify and who signed, by the newest of them.
func (v *verification) name() {
	for _, s := range []Scheme{V1, V2, V3, V31} {
		got, ok := v.signed[s]
		if !ok {
			continue
		}
		v.res.Schemes = append(v.res.Schemes, s)
		v.res.Signers, v.res.Past = got.certs, nil
		if s == V3 || s == V31 {
			v.res.Signers = got.certs[len(got.certs)-1:]
			v.res.Past = pastOf(got, v.res.Signers[0])
		}
	}
}

// pastOf gives the certificates before the current one, newest first. Signers
// for older versions of Android belong to it where the lineage does not name
// them.
func pastOf(s signers, current Certificate) []Certificate {
	var out []Certificate
	for _, c := range slices.Concat(s.certs, s.lineage) {
		if !c.same(current) && !slices.ContainsFunc(out, c.same) {
			out = append(out, c)
		}
	}
	position := func(c Certificate) int { return slices.IndexFunc(s.lineage, c.same) }
	slices.SortStableFunc(out, func(a, b Certificate) int { return position(b) - position(a) })
	return out
}

// A Certificate is a signer's X.509 certificate.
type Certificate struct {
	SHA256  string // of its DER form, in lower-case hex
	Subject string // distinguished name, the most specific part first

	raw         []byte
	key         []byte // subjectPublicKeyInfo
	issuer      []byte
	name        []byte // subject
	serial      []byte
	signs       bool // its key usage allows signatures, or says nothing
	criticalOID string
}

func (c Certificate) same(d Certificate) bool { return bytes.Equal(c.raw, d.raw) }

// String is the subject and the beginning of the digest, for messages.
func (c Certificate) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s (%.16s...)", c.Subject, c.SHA256))
}
