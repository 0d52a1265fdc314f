package mailbox

import (
	"context"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"madoguchi/internal/durable"
	"madoguchi/pki/issue"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
	"madoguchi/pki/seal"
)

// sealingMonths is how many months' sealing keys a keyring holds: a kiosk may be away for a year, and its clock wrong by
// as much, and it still seals to a key that is here.
const sealingMonths = 15

// sealingKeys returns the sealing keys of this month and the next ones, after those that are known, and writes the
// private half of each that is new. A key's last moment is the end of its month.
func sealingKeys(now time.Time, known []keyring.SealingKey, write func(name string, raw []byte) error) ([]keyring.SealingKey, error) {
	all := slices.Clone(known)
	first := time.Date(now.UTC().Year(), now.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	for n := range sealingMonths {
		month := first.AddDate(0, n, 0)
		id := month.Format("2006-01")
		if slices.ContainsFunc(all, func(k keyring.SealingKey) bool { return k.ID == id }) {
			continue
		}
		key, err := seal.Generate(id)
		if err != nil {
			return nil, fmt.Errorf("mailbox: sealing key: %w", err)
		}
		raw, err := key.Bytes()
		if err != nil {
			return nil, fmt.Errorf("mailbox: sealing key: %w", err)
		}
		if err := write(sealingPrefix+id+keySuffix, raw); err != nil {
			return nil, err
		}
		all = append(all, keyring.SealingKey{ID: id, Public: key.Public().Bytes(), NotAfter: month.AddDate(0, 1, 0).Add(-time.Second)})
	}
	return all, nil
}

// Renew makes the sealing keys of the months to come, keys that the folder does not have yet, and a keyring of the next
// version with them and with the anchors that lie in anchors/ and tsa/ now. It needs the offline folder and may run
// beside a serving mailbox, which takes the keyring within seconds and pushes it down to the kiosks. The keys that it
// makes are in no backup: Backup follows it. It returns the version.
func Renew(dir string, now time.Time) (version int64, err error) {
	config, err := LoadConfig(dir)
	if err != nil {
		return 0, err
	}
	root, err := readRoot(dir)
	if err != nil {
		return 0, err
	}
	k, err := readKeyring(dir, root.Cert, now)
	if err != nil {
		return 0, err
	}
	s := &setUp{dir: dir, config: config, now: now.UTC().Truncate(time.Second), root: root}
	defer func() {
		if err != nil {
			s.undo()
		}
	}()
	if err := s.renewKeys(k); err != nil {
		return 0, err
	}
	certs, err := readAnchors(filepath.Join(dir, AnchorsDir))
	if err != nil {
		return 0, err
	}
	a, err := sortAnchors(certs, config.Demo)
	if err != nil {
		return 0, err
	}
	k.JPKISign, k.JPKIAuth, k.IssuedAt = a.sign, a.auth, s.now
	k.Version++
	return k.Version, s.signKeyring(*k)
}

// renewKeys makes what the keyring lacks, and leaves out of it what is destroyed.
func (s *setUp) renewKeys(k *keyring.Keyring) error {
	k.Sealing = slices.DeleteFunc(k.Sealing, func(one keyring.SealingKey) bool {
		_, err := os.Stat(filepath.Join(s.dir, keysDir, sealingPrefix+one.ID+keySuffix))
		return errors.Is(err, fs.ErrNotExist)
	})
	var err error
	k.Sealing, err = sealingKeys(s.now, k.Sealing, func(name string, raw []byte) error { return s.write(raw, keysDir, name) })
	if err != nil {
		return err
	}
	if len(k.Catalogue) == 0 {
		r := issue.Request{Subject: pkix.Name{CommonName: s.config.Name + " catalogues"}}
		der, err := s.pair(profile.Catalogue, r, signerTerm, keysDir, catalogueKey)
		if err != nil {
			return err
		}
		k.Catalogue = [][]byte{der}
	}
	return s.renewStamps(k)
}

func (s *setUp) renewStamps(k *keyring.Keyring) error {
	k.TSA = nil
	certs, err := readAnchors(filepath.Join(s.dir, StampsDir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, c := range certs {
		k.TSA = append(k.TSA, c.Raw)
	}
	if s.config.Stamp != stampEmbedded {
		return nil
	}
	k.TSA = append(k.TSA, s.root.Cert.Raw)
	if _, err := os.Stat(filepath.Join(s.dir, keysDir, tsaKey+keySuffix)); err == nil {
		return nil
	}
	_, err = s.pair(profile.TSA, issue.Request{Subject: pkix.Name{CommonName: s.config.Name + " time-stamps"}}, signerTerm, keysDir, tsaKey)
	return err
}

// signKeyring writes a keyring in the place of the one before.
func (s *setUp) signKeyring(k keyring.Keyring) error {
	signer, err := readSigner(filepath.Join(s.dir, OfflineDir), "keyring")
	if err != nil {
		return err
	}
	der, err := keyring.Sign(context.Background(), k, signer, s.now)
	if err != nil {
		return fmt.Errorf("mailbox: keyring: %w", err)
	}
	return s.write(der, KeyringFile)
}

// Sealing keys of months that are over stay for as long as a kiosk's outbox may hold what is sealed to them (TRUST §3).
const sealingKept = 90 * 24 * time.Hour

// destroy removes a key's file. What a file system keeps of it is out of reach; the backups that have it are the
// operator's to destroy (docs/operating.md).
func destroy(dir, name string) error {
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = os.WriteFile(path, make([]byte, info.Size()), 0o600)
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil {
		return fmt.Errorf("mailbox: destroy %s: %w", name, err)
	}
	return durable.SyncDir(dir)
}
