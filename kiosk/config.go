package kiosk

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"

	"madoguchi/i18n"
	"madoguchi/internal/durable"
	"madoguchi/wire"
)

// The files of a kiosk's folder.
const (
	ConfigFile    = "kiosk.toml"
	DeviceKeyFile = "device.key"
	CSRFile       = "device.csr"
	EnrolmentFile = "enrolment.json"
	RoundsFile    = "rounds.toml" // may be missing
	ownerKeyFile  = "owner.key"
	outboxFile    = "outbox.db"
	draftsDir     = "drafts"
)

// The kinds of readers.
const (
	ReaderVirtual = "virtual" // cards from files; only where Demo is set
	ReaderPCSC    = "pcsc"
)

// Config is what an operator decides about one terminal (kiosk.toml).
type Config struct {
	ID       string    `toml:"id"`       // [a-z0-9-]{1,32}
	Profile  string    `toml:"profile"`  // city-hall, reception, portable, desk; the mailbox's register decides
	Language i18n.Lang `toml:"language"` // the first screen's
	Phone    string    `toml:"phone"`    // shown to people who need help
	Office   Office    `toml:"office,omitempty"`
	Demo     bool      `toml:"demo"` // virtual cards and demo anchors are allowed
	Reader   string    `toml:"reader"`
	Cards    string    `toml:"cards,omitempty"` // folder of virtual cards, relative to this file

	Idle      int  `toml:"idle,omitempty"`      // seconds without a sign of life until a visit ends; 0: 180, by lines never; -1: never
	Unhurried bool `toml:"unhurried,omitempty"` // a person may take that limit away: nobody waits here

	// Large and Normal are the commands, if there are any, that make the letters of this terminal twice as large and
	// as they were, so that its grid gets smaller; for the shell: swaymsg output '*' scale 2
	Large  string `toml:"large,omitempty"`
	Normal string `toml:"normal,omitempty"`

	Outbox Limits `toml:"outbox"`

	// What helps people to type Japanese (docs/input.md); relative to this file.
	Dictionaries string `toml:"dictionaries,omitempty"` // folder of SKK dictionaries; empty: where Debian puts them
	Postal       string `toml:"postal,omitempty"`       // pack of postal codes; empty: postal.pack
}

// Office is where a blocked PIN is set anew, by language; a language that is missing is shown the Japanese.
type Office struct {
	Name  map[i18n.Lang]string `toml:"name,omitempty"`
	Hours map[i18n.Lang]string `toml:"hours,omitempty"`
}

// Limits bound the outbox.
type Limits struct {
	Count int   `toml:"count"` // submissions
	MiB   int64 `toml:"mib"`
}

// Validate reports the first thing that is wrong.
func (c Config) Validate() error {
	switch {
	case wire.CheckKiosk(c.ID) != nil:
		return errors.New("kiosk: id must match [a-z0-9-]{1,32}")
	case c.Reader != ReaderVirtual && c.Reader != ReaderPCSC:
		return fmt.Errorf("kiosk: reader must be %q or %q", ReaderVirtual, ReaderPCSC)
	case (c.Large == "") != (c.Normal == ""):
		return errors.New("kiosk: large and normal belong together")
	case c.Reader == ReaderVirtual && !c.Demo:
		return errors.New("kiosk: virtual cards need demo = true")
	case c.Idle < -1 || c.Idle > 0 && c.Idle < 60:
		return errors.New("kiosk: idle must be -1, 0 or at least 60 seconds")
	case len(c.Office.Name) > 0 && c.Office.Name[i18n.Ja] == "", len(c.Office.Hours) > 0 && c.Office.Hours[i18n.Ja] == "":
		return errors.New("kiosk: office.name and office.hours need their Japanese (ja)")
	case c.Outbox.Count < 1 || c.Outbox.MiB < 1:
		return errors.New("kiosk: outbox.count and outbox.mib must be at least 1")
	}
	return nil
}

// LoadConfig reads kiosk.toml in dir; an unknown name is an error.
func LoadConfig(dir string) (Config, error) {
	f, err := os.Open(filepath.Join(dir, ConfigFile))
	if err != nil {
		return Config{}, fmt.Errorf("kiosk: %w", err)
	}
	defer func() { _ = f.Close() }()
	var c Config
	if err := toml.NewDecoder(f).DisallowUnknownFields().Decode(&c); err != nil {
		return Config{}, fmt.Errorf("kiosk: %s: %w", ConfigFile, err)
	}
	return c, c.Validate()
}

// Init makes a kiosk's folder: configuration, device key (ECDSA P-256) and the request for its certificate.
// The key never leaves the folder; the request goes to `mailbox enrol`, whose answer is put here as EnrolmentFile.
func Init(dir string, c Config) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("kiosk: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, DeviceKeyFile)); err == nil {
		return errors.New("kiosk: this folder has a device key already; it is not overwritten")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("kiosk: device key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("kiosk: device key: %w", err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: c.ID}}, key)
	if err != nil {
		return fmt.Errorf("kiosk: certificate request: %w", err)
	}
	text, err := toml.Marshal(c)
	if err != nil {
		return fmt.Errorf("kiosk: %w", err)
	}
	owner := make([]byte, 32)
	if _, err := rand.Read(owner); err != nil {
		return fmt.Errorf("kiosk: owner key: %w", err)
	}
	return writeAll(dir, map[string][]byte{
		ConfigFile:    text,
		CSRFile:       pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}),
		DeviceKeyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		ownerKeyFile:  owner,
	})
}

func writeAll(dir string, files map[string][]byte) error {
	for name, data := range files {
		if err := durable.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return fmt.Errorf("kiosk: %s: %w", name, err)
		}
	}
	return nil
}
