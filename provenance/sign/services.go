package sign

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/originbom/originbom/sbom/strictjson"
	"github.com/sigstore/sigstore-go/pkg/root"
	sigsign "github.com/sigstore/sigstore-go/pkg/sign"
)

const (
	// MaxConfigSize is the largest signing config or trusted root in bytes.
	MaxConfigSize = 1 << 20
	// MaxTokenSize is the largest identity token in bytes; real ones have one
	// or two thousand.
	MaxTokenSize = 64 << 10
	// patience is how long one answer of a service may take.
	patience = 20 * time.Second
)

// Services are the authorities that signing asks over the network.
type Services struct {
	certificates string // URL of a Fulcio, "" if there is none
	timestamps   []string
	logs         []root.Service
	root         root.TrustedMaterial // nil if there is none
}

// ParseServices reads a signing config of Sigstore (JSON, version 0.2), which
// says where to ask, and the trusted root by which the answers are checked: nil
// if they are not. now selects the services that are in use.
func ParseServices(signingConfig, trustedRoot []byte, now time.Time) (*Services, error) {
	if err := strictjson.Check(signingConfig, &strictjson.Limits{MaxBytes: MaxConfigSize, MaxDepth: 32}); err != nil {
		return nil, fmt.Errorf("the signing config: %w", err)
	}
	c, err := root.NewSigningConfigFromJSON(signingConfig)
	if err != nil {
		return nil, fmt.Errorf("the signing config: %w", err)
	}
	s := &Services{}
	if list := c.FulcioCertificateAuthorityURLs(); len(list) > 0 {
		f, err := root.SelectService(list, sigsign.FulcioAPIVersions, now)
		if err != nil {
			return nil, fmt.Errorf("the signing config: certificate authority: %w", err)
		}
		s.certificates = f.URL
	}
	if list := c.TimestampAuthorityURLs(); len(list) > 0 {
		all, err := root.SelectServices(list, c.TimestampAuthorityURLsConfig(), sigsign.TimestampAuthorityAPIVersions, now)
		if err != nil {
			return nil, fmt.Errorf("the signing config: timestamp authority: %w", err)
		}
		for _, t := range all {
			s.timestamps = append(s.timestamps, t.URL)
		}
	}
	if list := c.RekorLogURLs(); len(list) > 0 {
		if s.logs, err = root.SelectServices(list, c.RekorLogURLsConfig(), sigsign.RekorAPIVersions, now); err != nil {
			return nil, fmt.Errorf("the signing config: transparency log: %w", err)
		}
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("the signing config: %w", err)
	}
	return s.trust(trustedRoot)
}

// TimestampService is one timestamp authority (RFC 3161). trustedRoot is as for
// [ParseServices].
func TimestampService(address string, trustedRoot []byte) (*Services, error) {
	s := &Services{timestamps: []string{address}}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s.trust(trustedRoot)
}

// trust completes the services with the root by which answers are checked.
func (s *Services) trust(trustedRoot []byte) (*Services, error) {
	if trustedRoot == nil {
		return s, nil
	}
	if err := strictjson.Check(trustedRoot, &strictjson.Limits{MaxBytes: MaxConfigSize, MaxDepth: 32}); err != nil {
		return nil, fmt.Errorf("the trusted root: %w", err)
	}
	r, err := root.NewTrustedRootFromJSON(trustedRoot)
	if err != nil {
		return nil, fmt.Errorf("the trusted root: %w", err)
	}
	s.root = r
	return s, nil
}

// check wants addresses of the web.
func (s *Services) check() error {
	all := append([]string{}, s.timestamps...)
	if s.certificates != "" {
		all = append(all, s.certificates)
	}
	for _, l := range s.logs {
		all = append(all, l.URL)
	}
	if len(all) == 0 {
		return errors.New("it names no service")
	}
	for _, a := range all {
		u, err := url.Parse(a)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return fmt.Errorf("%.200q is not an http or https address", a)
		}
	}
	return nil
}

// add tells sigstore-go whom to ask. Nothing is asked twice: a service that
// does not answer is an error.
func (s *Services) add(o *sigsign.BundleOptions) {
	if s == nil {
		return
	}
	o.TrustedRoot = s.root
	for _, u := range s.timestamps {
		o.TimestampAuthorities = append(o.TimestampAuthorities, sigsign.NewTimestampAuthority(&sigsign.TimestampAuthorityOptions{URL: u, Timeout: patience}))
	}
	for _, l := range s.logs {
		o.TransparencyLogs = append(o.TransparencyLogs, sigsign.NewRekor(&sigsign.RekorOptions{BaseURL: l.URL, Timeout: patience, Version: l.MajorAPIVersion}))
	}
}
