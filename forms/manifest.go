package forms

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"madoguchi/internal/jsonx"
)

// The manifest's constants.
const (
	manifestType = "submission"
	manifestV    = 1
	partPad      = 8  // parts are padded to a multiple of it, so that their number tells nothing
	maxHashes    = 64 // in a manifest
)

// ParseManifest reads a manifest strictly: canonical JSON, every member in its only form. What is wrong is
// ErrInvalid.
func ParseManifest(raw []byte) (Manifest, error) {
	var m Manifest
	if err := jsonx.Unmarshal(raw, &m); err != nil {
		return Manifest{}, fmt.Errorf("%w: manifest: %w", ErrInvalid, err)
	}
	if err := m.check(); err != nil {
		return Manifest{}, fmt.Errorf("%w: manifest: %w", ErrInvalid, err)
	}
	return m, nil
}

func (m *Manifest) check() error {
	at, err := time.Parse(time.RFC3339, m.ClaimedTime)
	switch {
	case m.Type != manifestType || m.V != manifestV:
		return errors.New("type or version")
	case !mailboxOK(m.Mailbox):
		return errors.New("mailbox")
	case !hexOK(m.ID, 16):
		return errors.New("id")
	case !idOK(m.Form.Name) || m.Form.Version < 1 || !hexOK(m.Form.Digest, sha256.Size):
		return errors.New("form")
	case !hexOK(m.AuthKey, sha256.Size):
		return errors.New("authKey")
	case err != nil || at.UTC().Format(time.RFC3339) != m.ClaimedTime:
		return errors.New("claimedTime")
	}
	return m.checkParts()
}

// checkParts requires hashes in rising order, none twice, padded.
func (m *Manifest) checkParts() error {
	if len(m.Parts) == 0 || len(m.Parts) > maxHashes || len(m.Parts)%partPad != 0 {
		return errors.New("number of parts")
	}
	for i, h := range m.Parts {
		if !hexOK(h, sha256.Size) || i > 0 && h <= m.Parts[i-1] {
			return errors.New("part hashes")
		}
	}
	return nil
}

// claimed is the claimed time; the manifest has been checked.
func (m *Manifest) claimed() time.Time {
	t, err := time.Parse(time.RFC3339, m.ClaimedTime)
	if err != nil {
		return time.Time{}
	}
	return t
}

// hexOK reports n bytes as lower-case hexadecimal digits.
func hexOK(s string, n int) bool {
	raw, err := hex.DecodeString(s)
	return err == nil && len(raw) == n && hex.EncodeToString(raw) == s
}

// hashes lists the parts' hashes among random ones, in rising order.
func hashes(parts [][]byte, random io.Reader) ([]string, error) {
	var out []string
	for _, p := range parts {
		sum := sha256.Sum256(p)
		out = append(out, hex.EncodeToString(sum[:]))
	}
	for len(out)%partPad != 0 {
		pad, err := draw(random, sha256.Size)
		if err != nil {
			return nil, err
		}
		out = append(out, pad)
	}
	slices.Sort(out)
	return out, nil
}

// draw returns n random bytes as hexadecimal digits.
func draw(random io.Reader, n int) (string, error) {
	if random == nil {
		return "", errors.New("forms: no source of randomness")
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("forms: draw randomness: %w", err)
	}
	return hex.EncodeToString(b), nil
}
