package kiosk

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"madoguchi/internal/durable"
	"madoguchi/wire/enrolment"
)

// The files of a kiosk that changes its device key. Which key and which enrolment belong together is decided by the
// certificate, so that a power cut between any two steps leaves a kiosk that starts.
const (
	NextKeyFile       = "device.next.key"
	NextCSRFile       = "device.next.csr"
	NextEnrolmentFile = "enrolment.next.json"
)

// Renew makes the next device key and a request for its certificate that the present key signs; it may run beside a
// running kiosk. `mailbox enrol` answers, its answer is put here as NextEnrolmentFile, and the next start takes it.
// Until then the present key works on. Renew again gives the same request, for one that was lost.
func Renew(dir string) error {
	config, err := LoadConfig(dir)
	if err != nil {
		return err
	}
	present, err := loadDeviceKey(filepath.Join(dir, DeviceKeyFile))
	if err != nil {
		return err
	}
	next, err := nextKey(dir)
	if err != nil {
		return err
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: config.ID}}, next)
	if err != nil {
		return fmt.Errorf("kiosk: certificate request: %w", err)
	}
	digest := sha256.Sum256(enrolment.Proof(csr))
	proof, err := ecdsa.SignASN1(rand.Reader, present, digest[:])
	if err != nil {
		return fmt.Errorf("kiosk: sign the request: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: enrolment.ProofBlock, Bytes: proof})...)
	return writeAll(dir, map[string][]byte{NextCSRFile: text})
}

// nextKey returns the key that waits to be enrolled, or makes one.
func nextKey(dir string) (*ecdsa.PrivateKey, error) {
	name := filepath.Join(dir, NextKeyFile)
	key, err := loadDeviceKey(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("kiosk: device key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("kiosk: device key: %w", err)
	}
	return key, writeAll(dir, map[string][]byte{NextKeyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})})
}

// identity is a device key with its enrolment.
type identity struct {
	enrolled enrolment.Enrolment
	device   *ecdsa.PrivateKey
	renewed  bool // it has just replaced another
}

// loadIdentity takes the newest enrolment that belongs to a key that is here. A new one replaces the old.
func loadIdentity(dir string) (identity, error) {
	var keys []*ecdsa.PrivateKey
	for _, name := range []string{NextKeyFile, DeviceKeyFile} {
		key, err := loadDeviceKey(filepath.Join(dir, name))
		if err == nil {
			keys = append(keys, key)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return identity{}, err
		}
	}
	for _, name := range []string{NextEnrolmentFile, EnrolmentFile} {
		id, err := match(filepath.Join(dir, name), keys)
		if name == NextEnrolmentFile && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			return id, fmt.Errorf("kiosk: not enrolled yet (%s goes to `mailbox enrol`, its answer here as %s): %w", CSRFile, EnrolmentFile, err)
		}
		if err == nil && name == NextEnrolmentFile {
			id.renewed, err = true, promote(dir)
		}
		return id, err
	}
	return identity{}, nil // not reached: the last name always returns
}

func match(name string, keys []*ecdsa.PrivateKey) (identity, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return identity{}, fmt.Errorf("kiosk: %w", err)
	}
	e, err := enrolment.Parse(raw)
	if err != nil {
		return identity{}, fmt.Errorf("kiosk: %s: %w", filepath.Base(name), err)
	}
	cert, err := e.DeviceCertificate()
	if err != nil {
		return identity{}, err
	}
	for _, key := range keys {
		if public, ok := cert.PublicKey.(*ecdsa.PublicKey); ok && public.Equal(&key.PublicKey) {
			return identity{enrolled: e, device: key}, nil
		}
	}
	return identity{}, fmt.Errorf("kiosk: %s: the device certificate is of another key", filepath.Base(name))
}

// promote puts the next key and enrolment in the place of the present ones. The key goes first: until the enrolment has
// followed, NextEnrolmentFile still finds its key.
func promote(dir string) error {
	for _, move := range [][2]string{{NextKeyFile, DeviceKeyFile}, {NextEnrolmentFile, EnrolmentFile}} {
		err := os.Rename(filepath.Join(dir, move[0]), filepath.Join(dir, move[1]))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("kiosk: take the new key: %w", err)
		}
		if err := durable.SyncDir(dir); err != nil {
			return err
		}
	}
	_ = os.Remove(filepath.Join(dir, NextCSRFile)) // it has been answered
	return nil
}
