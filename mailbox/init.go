package mailbox

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/mod/sumdb/note"

	"madoguchi/mailbox/store"
	"madoguchi/pki/issue"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
)

// Options are the decisions of Init.
type Options struct {
	Name    string              // the audience, for example "mailbox.city.example"
	Demo    bool                // demo anchors are allowed; nothing here counts
	Listen  string              // of the broker, for example "127.0.0.1:8883"; for port 0 a free one is chosen now
	Hosts   []string            // DNS names and IP addresses of the broker's certificate; empty: Listen's host
	Anchors []*x509.Certificate // JPKI CA certificates, beside those in anchors/*.pem
	Now     func() time.Time    // nil: time.Now

	// Recipients of the backup of all keys (age1…), whose identities are kept elsewhere. Only a demo may have none.
	Recipients []string
}

// How long things made by Init last.
const (
	rootTerm   = 20 * 365 * 24 * time.Hour
	signerTerm = 10 * 365 * 24 * time.Hour // keyring signer, receipt signer
	lineTerm   = 5 * 365 * 24 * time.Hour  // broker, mailbox client, devices
	skew       = time.Hour                 // how far a kiosk's clock may be behind
)

// setUp is a folder being made. The configuration is written last but for the backup: a folder with one is whole.
type setUp struct {
	dir     string
	config  Config
	now     time.Time
	root    *issue.CA
	sealing []keyring.SealingKey
	ledger  string // verifier key
	receipt []byte // certificate
	catalog []byte // certificate
	tsa     [][]byte
	made    []string
}

// Init makes a mailbox's folder: the offline root and keyring signer, every key that serving needs, and the signed
// keyring. A folder that has a mailbox is left alone. When it fails nothing of it is left behind.
func Init(dir string, o Options) (err error) {
	s, err := begin(dir, o)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.undo()
		}
	}()
	for _, name := range []string{AnchorsDir, OfflineDir, keysDir, brokerDir} {
		if err := s.mkdir(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	anchors, err := s.anchors(o)
	if err != nil {
		return err
	}
	for _, step := range []func() error{s.makeRoot, s.makeLine, s.makeReceipt, s.makeStamps, s.makeLedger, s.makeSealing, s.makeSecrets} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := s.makeKeyring(anchors); err != nil {
		return err
	}
	text, err := toml.Marshal(s.config)
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	if err := s.write(text, ConfigFile); err != nil {
		return err
	}
	return s.backup(o.Recipients)
}

// backup makes the first backup; the operator confirms it before the mailbox serves.
func (s *setUp) backup(recipients []string) error {
	if len(recipients) == 0 && s.config.Demo {
		return nil
	}
	if len(recipients) == 0 {
		return fmt.Errorf("mailbox: %w", ErrRecipients)
	}
	for _, name := range []string{storeFile, storeFile + "-wal", storeFile + "-shm", BackupFile, filepath.Join(BackupDir, "keys-001.age")} {
		s.made = append(s.made, filepath.Join(s.dir, name)) // by Backup
	}
	if err := s.mkdir(filepath.Join(s.dir, BackupDir)); err != nil {
		return err
	}
	_, err := MakeBackup(s.dir, recipients)
	return err
}

func begin(dir string, o Options) (*setUp, error) {
	if _, err := os.Stat(filepath.Join(dir, ConfigFile)); err == nil {
		return nil, errors.New("mailbox: this folder has a mailbox already; it is not overwritten")
	}
	listen, err := freePort(o.Listen)
	if err != nil {
		return nil, err
	}
	c := Config{Name: o.Name, Demo: o.Demo, Listen: listen, Hosts: o.Hosts}
	if host, _, err := net.SplitHostPort(dialable(listen)); err == nil && len(c.Hosts) == 0 {
		c.Hosts = []string{host}
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	now := time.Now
	if o.Now != nil {
		now = o.Now
	}
	return &setUp{dir: dir, config: c, now: now().UTC()}, nil
}

// mkdir makes a folder and those above it, and write a file in the mailbox's folder; both remember what was not there.
func (s *setUp) mkdir(name string) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	if err := s.mkdir(filepath.Dir(name)); err != nil {
		return err
	}
	if err := os.Mkdir(name, 0o700); err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	s.made = append(s.made, name)
	return nil
}

func (s *setUp) write(data []byte, elem ...string) error {
	name := filepath.Join(append([]string{s.dir}, elem...)...)
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		s.made = append(s.made, name)
	}
	return writeFile(data, name)
}

// undo removes what was made, the last first. What was there before stays, and the folders that hold it.
func (s *setUp) undo() {
	for _, name := range slices.Backward(s.made) {
		_ = os.Remove(name)
	}
}

// freePort replaces port 0 by one that is free now, since kiosks are told the address when they are enrolled.
func freePort(listen string) (string, error) {
	if _, port, err := net.SplitHostPort(listen); err != nil || port != "0" {
		return listen, nil // Validate judges it
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return "", fmt.Errorf("mailbox: listen: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

func (s *setUp) makeRoot() error {
	key, err := issue.NewKey(profile.Root)
	if err != nil {
		return err
	}
	subject := pkix.Name{CommonName: s.config.Name + " root", Organization: []string{s.config.Name}}
	if s.config.Demo {
		subject.Organization = []string{profile.DemoOrganization}
	}
	if s.root, err = issue.NewRoot(profile.Root, subject, key, s.now.Add(-skew), s.now.Add(rootTerm)); err != nil {
		return fmt.Errorf("mailbox: root: %w", err)
	}
	secret, err := keyPEM(key)
	if err != nil {
		return err
	}
	if err := s.write(secret, OfflineDir, "root"+keySuffix); err != nil {
		return err
	}
	return s.write(certPEM(s.root.Cert.Raw), RootFile)
}

// pair makes a key and its certificate and writes them as NAME.key and NAME.pem.
func (s *setUp) pair(p *profile.Profile, r issue.Request, term time.Duration, folder, name string) ([]byte, error) {
	key, err := issue.NewKey(p)
	if err != nil {
		return nil, err
	}
	r.Public, r.From, r.To = key.Public(), s.now.Add(-skew), s.now.Add(term)
	der, err := s.root.Issue(p, r)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %s certificate: %w", name, err)
	}
	secret, err := keyPEM(key)
	if err != nil {
		return nil, err
	}
	if err := s.write(secret, folder, name+keySuffix); err != nil {
		return nil, err
	}
	return der, s.write(certPEM(der), folder, name+certSuffix)
}

func (s *setUp) makeLine() error {
	r := issue.Request{Subject: pkix.Name{CommonName: s.config.Hosts[0]}}
	for _, h := range s.config.Hosts {
		if ip := net.ParseIP(h); ip != nil {
			r.IPs = append(r.IPs, ip)
		} else {
			r.DNS = append(r.DNS, h)
		}
	}
	if _, err := s.pair(profile.Broker, r, lineTerm, keysDir, "broker"); err != nil {
		return err
	}
	_, err := s.pair(profile.Mailbox, issue.Request{Subject: pkix.Name{CommonName: "mailbox"}}, lineTerm, keysDir, "client")
	return err
}

func (s *setUp) makeReceipt() (err error) {
	r := issue.Request{Subject: pkix.Name{CommonName: s.config.Name + " receipts"}}
	if s.receipt, err = s.pair(profile.Receipt, r, signerTerm, keysDir, "receipt"); err != nil {
		return err
	}
	r = issue.Request{Subject: pkix.Name{CommonName: s.config.Name + " catalogues"}}
	s.catalog, err = s.pair(profile.Catalogue, r, signerTerm, keysDir, catalogueKey)
	return err
}

// makeStamps makes a time-stamp authority of the mailbox's own for a demo; otherwise somebody else's is configured.
func (s *setUp) makeStamps() error {
	if !s.config.Demo {
		return nil
	}
	s.config.Stamp, s.tsa = stampEmbedded, [][]byte{s.root.Cert.Raw}
	_, err := s.pair(profile.TSA, issue.Request{Subject: pkix.Name{CommonName: s.config.Name + " time-stamps"}}, signerTerm, keysDir, tsaKey)
	return err
}

func (s *setUp) makeLedger() error {
	secret, public, err := note.GenerateKey(rand.Reader, s.config.Name+"/log/1")
	if err != nil {
		return fmt.Errorf("mailbox: ledger key: %w", err)
	}
	s.ledger = public
	return s.write([]byte(secret), keysDir, ledgerKeyFile)
}

func (s *setUp) makeSealing() (err error) {
	s.sealing, err = sealingKeys(s.now, nil, func(name string, raw []byte) error { return s.write(raw, keysDir, name) })
	return err
}

func (s *setUp) makeSecrets() error {
	secret := make([]byte, store.KeySize)
	if _, err := rand.Read(secret); err != nil {
		return fmt.Errorf("mailbox: store key: %w", err)
	}
	if err := s.write(secret, keysDir, storeKeyFile); err != nil {
		return err
	}
	id, err := newClientID()
	if err != nil {
		return err
	}
	return s.write([]byte(id), keysDir, clientIDFile)
}

// newClientID draws an MQTT client id: 128 random bits, a secret.
func newClientID() (string, error) {
	var raw [16]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return "", fmt.Errorf("mailbox: client id: %w", err)
	}
	return hex.EncodeToString(raw[:]), nil
}

func (s *setUp) makeKeyring(a anchors) error {
	r := issue.Request{Subject: pkix.Name{CommonName: s.config.Name + " keyring"}}
	if _, err := s.pair(profile.Keyring, r, signerTerm, OfflineDir, "keyring"); err != nil {
		return err
	}
	signer, err := readSigner(filepath.Join(s.dir, OfflineDir), "keyring")
	if err != nil {
		return err
	}
	der, err := keyring.Sign(context.Background(), keyring.Keyring{
		Mailbox: s.config.Name, Version: 1, IssuedAt: s.now, Sealing: s.sealing,
		Receipt: [][]byte{s.receipt}, Ledgers: []string{s.ledger}, JPKISign: a.sign, JPKIAuth: a.auth, Demo: s.config.Demo,
		Catalogue: [][]byte{s.catalog}, TSA: s.tsa,
	}, signer, s.now)
	if err != nil {
		return fmt.Errorf("mailbox: keyring: %w", err)
	}
	return s.write(der, KeyringFile)
}
