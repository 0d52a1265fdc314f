package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pelletier/go-toml/v2"

	"madoguchi/internal/durable"
)

// The files of a mailbox's folder that an operator deals with.
const (
	ConfigFile  = "mailbox.toml"
	RootFile    = "root.pem"    // to be pinned by whoever verifies
	KeyringFile = "keyring.cms" // signed under the root; public
	AnchorsDir  = "anchors"     // JPKI CA certificates, *.pem
	StampsDir   = "tsa"         // anchors of the time-stamp authority, *.pem
	OfflineDir  = "offline"     // root and keyring signer: to be kept away from the machine that serves
)

// stampEmbedded is the mailbox's own time-stamp authority: no independent witness.
const stampEmbedded = "embedded"

const (
	keysDir   = "keys"
	brokerDir = "broker"
	storeFile = "store.db"
)

// ErrDemo reports demo or test anchors where the configuration is not a demo's.
var ErrDemo = errors.New("mailbox: demo anchors in a configuration that is not a demo")

// Config is mailbox.toml.
type Config struct {
	Name   string `toml:"name"`   // the audience of all that is signed for this mailbox
	Demo   bool   `toml:"demo"`   // demo anchors are allowed; nothing here counts
	Listen string `toml:"listen"` // of the broker, host:port
	// Stamp is who time-stamps the ledger's heads every hour: "embedded", a URL (RFC 3161 by HTTP), or nobody. Its anchors
	// lie in tsa/*.pem and travel in the keyring.
	Stamp string `toml:"stamp,omitempty"`
	// OCSP is the URL of the responder that is asked about the certificate of who logs in (RFC 6960 by HTTP); empty:
	// nobody is. An outage stops no log-in.
	OCSP string `toml:"ocsp,omitempty"`
	// Observe is where /healthz and /metrics are served, a port on loopback; empty: nowhere.
	Observe string   `toml:"observe,omitempty"`
	Hosts   []string `toml:"hosts"` // names and addresses of the broker's certificate; kiosks dial the first
}

// Validate reports the first thing that is wrong.
func (c Config) Validate() error {
	if c.Name == "" {
		return errors.New("mailbox: name is empty")
	}
	if len(c.Hosts) == 0 || c.Hosts[0] == "" {
		return errors.New("mailbox: hosts is empty")
	}
	if err := c.checkStamp(); err != nil {
		return err
	}
	if c.OCSP != "" && !isURL(c.OCSP) {
		return errors.New("mailbox: ocsp must be an http(s) URL, or nothing")
	}
	if err := c.checkObserve(); err != nil {
		return err
	}
	_, err := c.port()
	return err
}

func (c Config) checkStamp() error {
	if c.Stamp == "" || c.Stamp == stampEmbedded {
		return nil
	}
	if !isURL(c.Stamp) {
		return errors.New(`mailbox: stamp must be "embedded", an http(s) URL, or nothing`)
	}
	return nil
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// checkObserve: what is told there is for this machine alone.
func (c Config) checkObserve() error {
	if c.Observe == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(c.Observe)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return errors.New("mailbox: observe must be an address on loopback, such as 127.0.0.1:9464")
	}
	return nil
}

func (c Config) port() (string, error) {
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "", errors.New("mailbox: listen must be host:port")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", errors.New("mailbox: listen: port must be 1 to 65535")
	}
	return port, nil
}

// broker is the address that an enrolled kiosk dials.
func (c Config) broker() (string, error) {
	port, err := c.port()
	return "tls://" + net.JoinHostPort(c.Hosts[0], port), err
}

// LoadConfig reads mailbox.toml in dir; an unknown name is an error.
func LoadConfig(dir string) (Config, error) {
	text, err := readFile(dir, ConfigFile)
	if err != nil {
		return Config{}, err
	}
	return parseConfig(text)
}

func parseConfig(text []byte) (Config, error) {
	var c Config
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&c); err != nil {
		return Config{}, fmt.Errorf("mailbox: %s: %w", ConfigFile, err)
	}
	return c, c.Validate()
}

func readFile(elem ...string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	return b, nil
}

func writeFile(data []byte, elem ...string) error {
	name := filepath.Join(elem...)
	if err := durable.WriteFile(name, data, 0o600); err != nil {
		return fmt.Errorf("mailbox: %s: %w", filepath.Base(name), err)
	}
	return nil
}

// dialable replaces an unspecified listening address by loopback.
func dialable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}
