package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/originbom/originbom/cmd/internal/ask"
	"github.com/originbom/originbom/policy"
	"github.com/originbom/originbom/policy/archive"
	"github.com/originbom/originbom/policy/assess"
	"github.com/originbom/originbom/policy/packs"
	"github.com/originbom/originbom/policy/report"
	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/provenance/verify"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/visible"
)

// This file judges evidence archives again.

// judgeAgain replays an archive. The exit status is that of the verdict; a
// verdict that is not the archived one, or that --vsa does not vouch for, is
// status 1.
func (c *checkFlags) judgeAgain(cmd *cobra.Command, name string) error {
	if err := c.checkReplay(); err != nil {
		return err
	}
	trust, err := c.trust.LoadTrust()
	if err != nil && !errors.Is(err, verify.ErrNoTrust) {
		return err
	}
	data, err := ask.ReadFile(name, archive.MaxBytes)
	if err != nil {
		return err
	}
	r, err := openReplay(name, data)
	if err != nil {
		return err
	}
	var signed *vouched
	if c.vsa != "" {
		if signed, err = c.signedVerdict(r, trust); err != nil {
			return err
		}
	}
	doc, rec := r.doc, r.rec
	if c.verifyAt != "" {
		if r.j.VerifyAt, err = timeFlag("--verify-at", c.verifyAt, time.Time{}); err != nil {
			return err
		}
		r.j.Chosen = true
		if doc, rec, err = assess.Judge(r.j); err != nil {
			return err
		}
	}
	markForeign(rec)
	if err := writeVerdict(cmd, c.format, doc, rec); err != nil {
		return err
	}
	if !r.tell(cmd.ErrOrStderr(), rec, c.verifyAt != "", signed) {
		return statusError(exitNo)
	}
	return status(rec.Result.Verdict, c.failOn)
}

func (c *checkFlags) checkReplay() error {
	switch {
	case len(c.policies)+len(c.bundles) > 0 || c.signedPacks || c.waivers+c.claims+c.registry+c.asOf+c.award+c.delivery+c.bundleOut+c.vsaKey != "":
		return errors.New("--replay judges by what the archive holds: give no policy, claims, waivers, registry or dates with it (only --verify-at, --format, --fail-on, and --vsa with --trust or --key)")
	case c.vsa == "" && c.trust != (ask.Choice{}):
		return errors.New("--replay judges by the trust in the archive; --trust or --key say who may have signed the verdict: give --vsa FILE, the signed verdict, with it (to judge the BOM under your own trust, unzip the archive and check it)")
	case c.vsa != "" && c.trust == (ask.Choice{}):
		return errors.New("--replay --vsa FILE verifies a signed verdict: say whom to trust with it, by --trust FILE (verdicts: in it) or --key PUB")
	}
	return nil
}

// A replay is an archive that was judged again.
type replay struct {
	j          assess.Judgement
	doc        *sbom.Document
	rec        *policy.Record
	was, again []byte // the verdict in JSON, as archived and as judged now
}

// vouched says what a signed verdict is worth for a replay.
type vouched struct {
	ok    bool
	words string
}

func openReplay(name string, data []byte) (*replay, error) {
	m, fsys, err := archive.Read(name, data)
	if err != nil {
		return nil, err
	}
	r := new(replay)
	if r.was, err = fs.ReadFile(fsys, archive.ResultName); err != nil {
		return nil, err
	}
	r.j, err = readArchive(m, fsys)
	if err == nil {
		r.doc, r.rec, err = assess.Judge(r.j)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var b bytes.Buffer
	err = report.JSON(&b, r.doc, r.rec)
	r.again = b.Bytes()
	return r, err
}

// signedVerdict verifies that --vsa is a signed verdict and the one that the
// archive gives again, byte by byte.
func (c *checkFlags) signedVerdict(r *replay, trust *verify.Trust) (*vouched, error) {
	bundle, err := ask.ReadFile(c.vsa, verify.MaxBundleSize)
	if err != nil {
		return nil, err
	}
	at, err := timeFlag("--verify-at", c.verifyAt, time.Now())
	if err != nil {
		return nil, err
	}
	roles := []verify.Role{verify.RoleVerdict}
	if c.trust.Trust == "" {
		roles = []verify.Role{verify.RoleBOM} // the one key or identity that was named for this
	}
	a, err := verify.StatementBy(roles, bundle, []string{report.VSAType}, trust, at)
	if err != nil {
		return &vouched{words: "NOT accepted: " + path.Base(c.vsa) + ": " + err.Error()}, nil
	}
	want, err := report.VSA(r.rec)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(a.Payload(), want) {
		return &vouched{words: "NOT of this archive: " + a.Signer() + " signed another verdict, or one about other inputs"}, nil
	}
	return &vouched{true, "accepted: " + a.Signer() + " signed this verdict about these inputs"}, nil
}

// markForeign marks packs that an archive calls embedded, and that this program
// does not hold.
func markForeign(rec *policy.Record) {
	for i := range rec.Packs {
		p := &rec.Packs[i]
		if own, err := packs.Open(p.ID); p.Origin == policy.OriginEmbedded && (err != nil || own.Digest != p.Digest) {
			p.Origin = policy.OriginForeign
		}
	}
}

// tell says what the replay shows and what it does not, and reports whether it
// shows what was asked.
func (r *replay) tell(w io.Writer, shown *policy.Record, anew bool, signed *vouched) bool {
	note := func(format string, args ...any) {
		visible.Fprintf(w, "originbom: "+format+"\n", args...)
	}
	if r.j.Tool != toolVersion {
		note("note: the archive was made by originbom %s; this is %s", r.j.Tool, toolVersion)
	}
	for _, p := range shown.Packs {
		if p.Origin == policy.OriginForeign {
			note("note: the archive says that the pack %s came with originbom %s; this program holds another one, or none", p.ID, r.j.Tool)
		}
	}
	same := bytes.Equal(r.was, r.again)
	switch {
	case !same:
		note("the replayed verdict is NOT the archived one: the archive was changed, or this version judges otherwise")
	case anew && shown.Result.Verdict != r.rec.Result.Verdict:
		note("the archived verdict (%s) replays byte by byte with keys judged as of %s; judged anew as of %s, as printed, it is ANOTHER: %s", r.rec.Result.Verdict, r.rec.VerifiedAt, shown.VerifiedAt, shown.Result.Verdict)
	case anew:
		note("the archived verdict replays byte by byte with keys judged as of %s; judged anew as of %s, as printed, it is still %s", r.rec.VerifiedAt, shown.VerifiedAt, shown.Result.Verdict)
	default:
		note("the replayed verdict is the archived one, byte by byte")
	}
	if signed != nil {
		note("signed verdict: %s", signed.words)
	}
	if signed != nil && signed.ok {
		note("a replay with a signed verdict shows that these inputs give this verdict and that its signer says so; whether the inputs are genuine rests on that signer")
		return same
	}
	note("a replay shows that these inputs give this verdict; it does NOT show that they are genuine: whoever made the archive chose its trust, packs and registry (--vsa FILE --trust FILE verifies a signed verdict)")
	return same && signed == nil
}

// readArchive reads the files of an archive by its manifest.
func readArchive(m archive.Manifest, fsys fs.FS) (j assess.Judgement, err error) {
	j = assess.Judgement{Name: m.Name, Tool: m.Tool, Chosen: m.Chosen, SignedPacks: m.SignedPacks}
	if j.AsOf, err = dateFlag("asOf", m.AsOf, time.Time{}); err != nil {
		return j, err
	}
	if j.VerifyAt, err = timeFlag("verifyAt", m.VerifyAt, time.Time{}); err != nil {
		return j, err
	}
	if j.Award, err = dateFlag("award", m.Award, time.Time{}); err != nil {
		return j, err
	}
	if j.Delivery, err = dateFlag("delivery", m.Delivery, time.Time{}); err != nil {
		return j, err
	}
	if j.BOM, err = fs.ReadFile(fsys, m.BOM); err != nil {
		return j, err
	}
	for _, name := range m.Bundles {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return j, err
		}
		j.Bundles = append(j.Bundles, assess.Bundle{Name: path.Base(name), Data: data})
	}
	switch {
	case m.Trust != "":
		j.Trust, err = assess.ReadTrust(fsys, m.Trust)
	case m.TrustKey != "":
		var pem []byte
		if pem, err = fs.ReadFile(fsys, m.TrustKey); err == nil {
			j.Trust, err = verify.TrustKey(cmp.Or(m.KeyName, m.TrustKey), pem, nil)
		}
	}
	if err != nil {
		return j, err
	}
	if j.Packs, err = archivedPacks(m, fsys); err != nil {
		return j, err
	}
	if m.Claims != "" {
		if j.Claims, err = assess.ReadClaims(fsys, m.Claims); err != nil {
			return j, err
		}
	}
	if m.Waivers != "" {
		if j.Waivers, err = assess.ReadWaivers(fsys, m.Waivers); err != nil {
			return j, err
		}
	}
	j.Registry, err = archivedRegistry(m, fsys)
	return j, err
}

// archivedPacks reads the packs of an archive. Those in its shelf came with the
// program that made it, as the archive says.
func archivedPacks(m archive.Manifest, fsys fs.FS) ([]*policy.Pack, error) {
	r := assess.PackReader{FS: fsys, Dir: ".", Shelf: packs.Embedded()}
	if m.Shelf != "" {
		sub, err := fs.Sub(fsys, m.Shelf)
		if err != nil {
			return nil, err
		}
		r.Shelf = packs.In(sub)
	}
	var refs []string
	for _, at := range m.Packs {
		ref := at
		if dir, file := path.Split(at); m.Shelf != "" && dir == m.Shelf+"/" {
			ref = strings.TrimSuffix(file, ".yaml")
		}
		if pin := m.Pins[at]; pin != "" {
			ref += assess.PinMark + pin
		}
		refs = append(refs, ref)
	}
	return r.Packs(refs)
}

func archivedRegistry(m archive.Manifest, fsys fs.FS) (*registry.Registry, error) {
	sub, err := fs.Sub(fsys, m.Registry)
	if err != nil {
		return nil, err
	}
	reg, err := registry.Open(sub)
	if err != nil || m.Overlay == "" {
		return reg, err
	}
	over, err := fs.Sub(fsys, m.Overlay)
	if err != nil {
		return nil, err
	}
	return reg.With(over)
}
