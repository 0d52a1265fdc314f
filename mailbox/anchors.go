package mailbox

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"madoguchi/pki/profile"
)

// anchors are the CA certificates of JPKI, DER, every generation in use.
type anchors struct{ sign, auth [][]byte }

// anchors takes the certificates of the options and of anchors/*.pem, writes the former beside the latter, and
// sorts them by what they issue. Those of a demo are refused unless this is one.
func (s *setUp) anchors(o Options) (anchors, error) {
	certs, err := readAnchors(filepath.Join(s.dir, AnchorsDir))
	if err != nil {
		return anchors{}, err
	}
	for i, c := range o.Anchors {
		if slices.ContainsFunc(certs, c.Equal) {
			continue
		}
		if err := s.write(certPEM(c.Raw), AnchorsDir, fmt.Sprintf("anchor-%d.pem", i+1)); err != nil {
			return anchors{}, err
		}
		certs = append(certs, c)
	}
	return sortAnchors(certs, s.config.Demo)
}

func sortAnchors(certs []*x509.Certificate, demo bool) (anchors, error) {
	var a anchors
	for _, c := range certs {
		switch {
		case profile.IsDemo(c) && !demo:
			return a, ErrDemo
		case profile.JPKISignCA.Check(c) == nil:
			a.sign = append(a.sign, c.Raw)
		case profile.JPKIAuthCA.Check(c) == nil:
			a.auth = append(a.auth, c.Raw)
		default:
			return a, errors.New("mailbox: an anchor is no CA certificate of JPKI")
		}
	}
	if len(a.sign) == 0 || len(a.auth) == 0 {
		return a, errors.New("mailbox: anchors of 署名用 and of 利用者証明用 certificates are both needed")
	}
	return a, nil
}

func readAnchors(dir string) ([]*x509.Certificate, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	var certs []*x509.Certificate
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".pem" {
			continue
		}
		text, err := readFile(dir, e.Name())
		if err != nil {
			return nil, err
		}
		found, err := parseCertificates(text)
		if err != nil {
			return nil, fmt.Errorf("mailbox: %s: %w", e.Name(), err)
		}
		certs = append(certs, found...)
	}
	return certs, nil
}
