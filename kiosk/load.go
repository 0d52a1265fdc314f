package kiosk

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"madoguchi/pki/keyring"
	"madoguchi/wire/enrolment"
)

// load reads the folder: configuration, device key, enrolment, keyring. Everything is checked before anything starts.
func (k *Kiosk) load(dir string) error {
	var err error
	if k.Config, err = LoadConfig(dir); err != nil {
		return err
	}
	if k.device, err = loadDeviceKey(filepath.Join(dir, DeviceKeyFile)); err != nil {
		return err
	}
	if k.ownerKey, err = os.ReadFile(filepath.Join(dir, ownerKeyFile)); err != nil {
		return fmt.Errorf("kiosk: %w", err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, EnrolmentFile))
	if err != nil {
		return fmt.Errorf("kiosk: not enrolled yet (%s goes to `mailbox enrol`, its answer here as %s): %w", CSRFile, EnrolmentFile, err)
	}
	if k.enrolled, err = enrolment.Parse(raw); err != nil {
		return err
	}
	if k.enrolled.Kiosk != k.Config.ID {
		return errors.New("kiosk: the enrolment is another kiosk's")
	}
	return k.loadTrust()
}

func (k *Kiosk) loadTrust() error {
	var err error
	if k.root, err = k.enrolled.RootCertificate(); err != nil {
		return err
	}
	if k.keyring, err = keyring.Open(k.enrolled.Keyring, k.root, k.now(), 0); err != nil {
		return err
	}
	if k.keyring.Mailbox != k.enrolled.Mailbox {
		return errors.New("kiosk: the keyring is another mailbox's")
	}
	if k.keyring.Demo && !k.Config.Demo {
		return errors.New("kiosk: this enrolment is a demo's, and the configuration does not say demo")
	}
	if k.signAnchors, err = k.keyring.SignAnchors(); err != nil {
		return err
	}
	k.authAnchors, err = k.keyring.AuthAnchors()
	return err
}

// client is the certificate with which the kiosk meets the broker.
func (k *Kiosk) client() (tls.Certificate, error) {
	cert, err := k.enrolled.DeviceCertificate()
	if err != nil {
		return tls.Certificate{}, err
	}
	if public, ok := cert.PublicKey.(*ecdsa.PublicKey); !ok || !public.Equal(&k.device.PublicKey) {
		return tls.Certificate{}, errors.New("kiosk: the device certificate is of another key")
	}
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: k.device, Leaf: cert}, nil
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
