package kiosk

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"madoguchi/forms/rounds"
	"madoguchi/internal/event"
)

// load reads the folder: configuration, device key, enrolment, keyring. Everything is checked before anything starts.
func (k *Kiosk) load(dir string) error {
	var err error
	if k.Config, err = LoadConfig(dir); err != nil {
		return err
	}
	if k.ownerKey, err = os.ReadFile(filepath.Join(dir, ownerKeyFile)); err != nil {
		return fmt.Errorf("kiosk: %w", err)
	}
	id, err := loadIdentity(dir)
	if err != nil {
		return err
	}
	k.device, k.enrolled = id.device, id.enrolled
	if k.enrolled.Kiosk != k.Config.ID {
		return errors.New("kiosk: the enrolment is another kiosk's")
	}
	if err := k.loadCertificate(id.renewed); err != nil {
		return err
	}
	if k.rounds, err = loadRounds(filepath.Join(dir, RoundsFile)); err != nil {
		return err
	}
	return k.loadTrust(dir)
}

// loadRounds reads when applications are taken; without the file they are taken at any time.
func loadRounds(name string) (*rounds.Calendar, error) {
	raw, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &rounds.Calendar{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("kiosk: %w", err)
	}
	return rounds.Load(raw)
}

// renewBefore is how long before its end a device certificate is to be replaced.
const renewBefore = 60 * 24 * time.Hour

// loadCertificate reads the device certificate and says in time that it ends.
func (k *Kiosk) loadCertificate(renewed bool) (err error) {
	if k.certificate, err = k.enrolled.DeviceCertificate(); err != nil {
		return err
	}
	ends := k.certificate.NotAfter
	if renewed {
		event.DeviceRenewed.Log(k.log, "notAfter", ends)
	}
	if ends.Sub(k.now()) < renewBefore {
		event.DeviceCertificateEnds.Log(k.log, "notAfter", ends)
	}
	return nil
}

// client is the certificate with which the kiosk meets the broker.
func (k *Kiosk) client() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{k.certificate.Raw}, PrivateKey: k.device, Leaf: k.certificate}
}

func loadDeviceKey(name string) (*ecdsa.PrivateKey, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("kiosk: %w", err)
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, errors.New("kiosk: device key is not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("kiosk: device key: %w", err)
	}
	device, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("kiosk: device key is not ECDSA")
	}
	return device, nil
}
