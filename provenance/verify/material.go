package verify

import (
	"crypto/x509"
	"encoding/json"
	"strconv"
)

// signedBy reads the public key's hint or the certificate.
func (f fields) signedBy(b *envelope) error {
	_, byKey := f[pPublicKey]
	_, byCertificate := f[pCertificate]
	if byKey && byCertificate {
		return refuse(signAgain, "the bundle carries both a key's hint and a certificate")
	}
	if !byCertificate {
		var err error
		if b.hint, err = f.text(pHint); err != nil || b.hint == "" {
			return refuse(signAgain, "the bundle does not say which key signed it: it has no hint")
		}
		return nil
	}
	der, err := f.base64(pRawBytes)
	if err != nil {
		return err
	}
	if b.leaf, err = x509.ParseCertificate(der); err != nil {
		return refuse(signAgain, "the certificate in the bundle is malformed: %v", err)
	}
	if err := checkStrength(b.leaf.PublicKey); err != nil {
		return refuse(signAgain, "the certificate's key: %v", err)
	}
	b.identity, err = identityOf(b.leaf)
	return err
}

// observers counts timestamps and log entries. Empty lists of them are nothing.
func (f fields) observers(b *envelope) error {
	if v, ok := f[pTimestamps]; ok {
		if _, listed := f[pRFC3161]; !listed && compact(v) != "{}" {
			return refuse(signAgain, "the bundle carries a timestamp of a kind that is not known")
		}
	}
	var err error
	if b.timestamps, err = f.count(pRFC3161); err != nil {
		return err
	}
	for i := range b.timestamps {
		if _, err := f.base64(pRFC3161 + "/" + strconv.Itoa(i) + "/signedTimestamp"); err != nil {
			return err
		}
	}
	if b.logs, err = f.count(pLog); err != nil {
		return err
	}
	for i := range b.logs {
		if v, ok := f[pLog+"/"+strconv.Itoa(i)+"/inclusionPromise"]; ok && compact(v) != "{}" && compact(v) != "null" {
			b.logged++
		}
	}
	return nil
}

// maxObservers is sigstore-go's own limit on timestamps and on log entries.
const maxObservers = 32

func (f fields) count(p string) (int, error) {
	v, ok := f[p]
	if !ok {
		return 0, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(v, &list); err != nil {
		return 0, refuse(signAgain, "%s of the bundle is not a list", p)
	}
	if len(list) > maxObservers {
		return 0, refuse(signAgain, "%s of the bundle has %d entries, more than the limit of %d", p, len(list), maxObservers)
	}
	return len(list), nil
}

// holdsBase64 names the members of log entries that hold base64.
func holdsBase64(key string) bool {
	switch key {
	case "keyId", "canonicalizedBody", "rootHash", "signedEntryTimestamp", "hashes":
		return true
	}
	return false
}

// canonicalInLog wants one spelling of what a log entry holds.
func canonicalInLog(key string, raw []byte) error {
	list := []string{""}
	if key == "hashes" {
		if json.Unmarshal(raw, &list) != nil {
			return refuse(signAgain, "hashes of a log entry is not a list of strings")
		}
	} else if json.Unmarshal(raw, &list[0]) != nil {
		return refuse(signAgain, "%s of a log entry is not a string", key)
	}
	for _, s := range list {
		if _, err := decodeBase64(s); err != nil {
			return refuse(signAgain, "%s of a log entry is not canonical base64: %v", key, err)
		}
	}
	return nil
}
