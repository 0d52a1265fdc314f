package mailbox

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"madoguchi/pki/cms"
	"madoguchi/pki/seal"
)

const (
	storeKeyFile  = "store.key"  // 32 bytes; wraps the key of every stored blob
	ledgerKeyFile = "ledger.key" // note signer key, Ed25519
	clientIDFile  = "client.id"  // the mailbox's own MQTT client id
	sealingPrefix = "seal-"      // seal-<id>.key: 32-byte seed
	catalogueKey  = "catalogue"
	tsaKey        = "tsa" // of the embedded time-stamp authority
	keySuffix     = ".key"
	certSuffix    = ".pem"
)

// keys are what a serving mailbox holds.
type keys struct {
	root           *x509.Certificate
	store          []byte
	broker, client tls.Certificate
	clientID       string
	receipt        cms.Signer
	ledger         note.Signer
}

func loadKeys(dir string) (k keys, err error) {
	folder := filepath.Join(dir, keysDir)
	if k.root, err = readCertificate(dir, RootFile); err != nil {
		return k, err
	}
	if k.store, err = readFile(folder, storeKeyFile); err != nil {
		return k, err
	}
	id, err := readFile(folder, clientIDFile)
	if err != nil {
		return k, err
	}
	k.clientID = string(id)
	if k.broker, err = readPair(folder, "broker"); err != nil {
		return k, err
	}
	if k.client, err = readPair(folder, "client"); err != nil {
		return k, err
	}
	if k.receipt, err = readSigner(folder, "receipt"); err != nil {
		return k, err
	}
	k.ledger, err = readLedger(folder)
	return k, err
}

func readLedger(folder string) (note.Signer, error) {
	text, err := readFile(folder, ledgerKeyFile)
	if err != nil {
		return nil, err
	}
	s, err := note.NewSigner(string(text))
	if err != nil {
		return nil, fmt.Errorf("mailbox: %s: not a note key", ledgerKeyFile) // the library's error may quote it
	}
	return s, nil
}

func readSealing(folder string) (map[string]*seal.PrivateKey, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	found := map[string]*seal.PrivateKey{}
	for _, e := range entries {
		id, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), keySuffix), sealingPrefix)
		if !ok {
			continue
		}
		raw, err := readFile(folder, e.Name())
		if err != nil {
			return nil, err
		}
		if found[id], err = seal.ParsePrivate(id, raw); err != nil {
			return nil, fmt.Errorf("mailbox: %s: %w", e.Name(), err)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("mailbox: no sealing key")
	}
	return found, nil
}

// readPair reads NAME.key and NAME.pem.
func readPair(folder, name string) (tls.Certificate, error) {
	key, err := readFile(folder, name+keySuffix)
	if err != nil {
		return tls.Certificate{}, err
	}
	cert, err := readFile(folder, name+certSuffix)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("mailbox: %s: %w", name, err)
	}
	return pair, nil
}

func readSigner(folder, name string) (cms.Signer, error) {
	pair, err := readPair(folder, name)
	if err != nil {
		return nil, err
	}
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("mailbox: %s: key cannot sign", name)
	}
	return cms.NewSigner(key, pair.Certificate[0]), nil
}

func readCertificate(elem ...string) (*x509.Certificate, error) {
	text, err := readFile(elem...)
	if err != nil {
		return nil, err
	}
	certs, err := parseCertificates(text)
	if err == nil && len(certs) != 1 {
		err = errors.New("not one certificate")
	}
	if err != nil {
		return nil, fmt.Errorf("mailbox: %s: %w", elem[len(elem)-1], err)
	}
	return certs[0], nil
}

func parseCertificates(text []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, errors.New("PEM block is no certificate")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certs = append(certs, c)
	}
	return certs, nil
}

func certPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func keyPEM(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("mailbox: key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
