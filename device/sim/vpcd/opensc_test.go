package vpcd_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"madoguchi/device/internal/testcard"
	"madoguchi/device/sim"
	"madoguchi/internal/rig/pcscd"
)

// soon is how long vpcd may take to see a card: it looks every 400 ms.
const soon = 10 * time.Second

// openscConf has each program take the power away at its end. A verified PIN outlives a warm reset, as on the real
// card, and then the next program's question for the tries is answered 9000, which OpenSC's driver takes for a failure.
const openscConf = "app default {\n reader_driver pcsc {\n  disconnect_action = unpower;\n }\n}\n"

// desk is a card of ours in vsmartcard's reader, and Debian's programs before it.
type desk struct {
	t              *testing.T
	dir, card      string
	certificates   map[string][]byte // by OpenSC's identifiers
	authKey, doKey *rsa.PrivateKey
	daemon         *pcscd.Daemon
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	for _, program := range []string{"pkcs15-tool", "pkcs11-tool", "pkcs15-crypt", "pcsc_scan", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is not installed; `make needs` installs it", program)
		}
	}
	d := &desk{t: t, dir: t.TempDir()}
	d.card = filepath.Join(d.dir, "card.json")
	auth, sign := testcard.Keys(t)
	d.authKey, d.doKey = auth, sign
	d.certificates = map[string][]byte{
		"1": testcard.Certificate(t, auth, "auth"), "2": testcard.Certificate(t, sign, "sign"),
		"3": testcard.Certificate(t, auth, "auth CA"), "4": testcard.Certificate(t, sign, "sign CA"),
	}
	f, err := sim.NewFile(sim.Options{
		AuthKey: auth, SignKey: sign, AuthCert: d.certificates["1"], SignCert: d.certificates["2"],
		AuthCA: d.certificates["3"], SignCA: d.certificates["4"],
		AuthPIN: []byte("1234"), SignPIN: []byte("ABC123"), Extended: true,
	})
	if err == nil {
		err = f.Save(d.card)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.write("opensc.conf", []byte(openscConf))
	program := filepath.Join(d.dir, "cardsim")
	build := exec.Command("go", "build", "-o", program, "../../../cmd/cardsim")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building cardsim: %v\n%s", err, out)
	}
	var addr string
	d.daemon, addr = pcscd.StartVPCD(t)
	d.insert(program, addr)
	return d
}

// insert runs cardsim and waits until pcscd has seen the card.
func (d *desk) insert(program, addr string) {
	d.t.Helper()
	var cmd *exec.Cmd
	pcscd.Until(d.t, "the card in the slot", soon, func() bool {
		if cmd == nil {
			cmd = d.daemon.Beside(program, "--card", d.card, "--vpcd", addr)
			cmd.Stderr = os.Stderr
			if err := cmd.Start(); err != nil {
				d.t.Fatal(err)
			}
			d.t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() })
		}
		out, err := d.try("opensc-tool", "--reader", "0", "--atr")
		return err == nil && strings.Contains(out, "3b:")
	})
}

// try runs a program before the card; OpenSC takes its driver for JPKI.
func (d *desk) try(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = pcscd.Env("OPENSC_DRIVER=jpki", "LC_ALL=C", "OPENSC_CONF="+filepath.Join(d.dir, "opensc.conf"))
	cmd.Dir = d.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (d *desk) run(name string, args ...string) string {
	d.t.Helper()
	out, err := d.try(name, args...)
	if err != nil {
		d.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

var triesLeft = regexp.MustCompile(`Tries left\s*: (\d+)`)

// tries has OpenSC list the tries of both PINs.
func (d *desk) tries() (auth, sign string) {
	d.t.Helper()
	found := triesLeft.FindAllStringSubmatch(d.run("pkcs15-tool", "--list-pins"), -1)
	if len(found) != 2 {
		d.t.Fatalf("%d PINs with tries", len(found))
	}
	return found[0][1], found[1][1]
}

func TestOpenSCAndPCSCToolsSeeTheCard(t *testing.T) {
	d := newDesk(t)
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"answer to reset", d.scan},
		{"no 40 ms for each command", d.quick},
		{"PINs with tries", func() {
			if auth, sign := d.tries(); auth != "3" || sign != "5" {
				d.t.Errorf("%s and %s", auth, sign)
			}
		}},
		{"certificates", d.readCertificates},
		{"signature, auth key", func() { d.sign("1", "1234", d.authKey) }},
		{"signature, sign key", func() { d.sign("2", "ABC123", d.doKey) }},
		{"signature by PKCS 11", d.signPKCS11},
		{"wrong PIN, then the right one", d.wrongPIN},
		{"blocked PIN", d.block},
	} {
		t.Run(step.name, func(t *testing.T) {
			d.t = t
			step.do()
		})
	}
}

// scan has pcsc_scan print the answer to reset.
func (d *desk) scan() {
	out, _ := d.try("timeout", "3", "pcsc_scan")
	if !strings.Contains(out, "3B DA 13 FF 81 31 FB 46 80 12 39 2F 31 C1 73 C6 01 C0 3B") {
		d.t.Errorf("pcsc_scan says\n%s", out)
	}
}

// quick has a program send a hundred commands: with delayed acknowledgements they take four seconds.
func (d *desk) quick() {
	args := []string{"--reader", "0"}
	for range 100 {
		args = append(args, "--send-apdu", "00:20:00:98")
	}
	began := time.Now()
	d.run("opensc-tool", args...)
	if took := time.Since(began); took > 2*time.Second {
		d.t.Errorf("100 commands took %v", took)
	}
}

// readCertificates reads all four; that of the sign key comes after its PIN only.
func (d *desk) readCertificates() {
	for id, want := range d.certificates {
		args := []string{"--read-certificate", id}
		if id == "2" {
			if _, err := d.try("pkcs15-tool", args...); err == nil {
				d.t.Error("the sign certificate came without its PIN")
			}
			args = append(args, "--verify-pin", "--auth-id", "2", "--pin", "ABC123")
		}
		out := d.run("pkcs15-tool", args...)
		block, _ := pem.Decode([]byte(out[max(0, strings.Index(out, "-----BEGIN")):]))
		if block == nil || !bytes.Equal(block.Bytes, want) {
			d.t.Errorf("certificate %s differs", id)
		}
	}
}

// sign has a key sign a digest, and openssl verify it with the public key.
func (d *desk) sign(key, secret string, private *rsa.PrivateKey) {
	digest := sha256.Sum256([]byte("document"))
	d.write("digest", digest[:])
	d.run("pkcs15-crypt", "--sign", "--key", key, "--sha-256", "--pkcs1", "--raw", "--input", "digest", "--output", "signature", "--pin", secret)
	d.verify(key, digest[:], private)
}

// verify has openssl, and Go, judge the file signature.
func (d *desk) verify(certificate string, digest []byte, private *rsa.PrivateKey) {
	d.t.Helper()
	d.write("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: d.certificates[certificate]}))
	d.run("openssl", "pkeyutl", "-verify", "-certin", "-inkey", "cert.pem", "-in", "digest", "-sigfile", "signature", "-pkeyopt", "digest:sha256")
	signature, err := os.ReadFile(filepath.Join(d.dir, "signature"))
	if err != nil {
		d.t.Fatal(err)
	}
	if err := rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, digest, signature); err != nil {
		d.t.Error(err)
	}
}

// signPKCS11 signs with the auth key as a browser would.
func (d *desk) signPKCS11() {
	d.write("document", []byte("document"))
	d.run("pkcs11-tool", "--sign", "--mechanism", "SHA256-RSA-PKCS", "--id", "01", "--pin", "1234", "--input-file", "document", "--output-file", "signature")
	digest := sha256.Sum256([]byte("document"))
	d.verify("1", digest[:], d.authKey)
}

func (d *desk) wrongPIN() {
	if _, err := d.try("pkcs15-tool", "--verify-pin", "--auth-id", "1", "--pin", "0000"); err == nil {
		d.t.Error("a wrong PIN was taken")
	}
	if auth, sign := d.tries(); auth != "2" || sign != "5" {
		d.t.Errorf("tries %s and %s after one wrong PIN", auth, sign)
	}
	d.run("pkcs15-tool", "--verify-pin", "--auth-id", "1", "--pin", "1234")
	if auth, _ := d.tries(); auth != "3" {
		d.t.Errorf("%s tries after the right PIN", auth)
	}
}

func (d *desk) block() {
	for range 3 {
		if _, err := d.try("pkcs15-tool", "--verify-pin", "--auth-id", "1", "--pin", "0000"); err == nil {
			d.t.Error("a wrong PIN was taken")
		}
	}
	if out, err := d.try("pkcs15-tool", "--verify-pin", "--auth-id", "1", "--pin", "1234"); err == nil {
		d.t.Errorf("the right PIN opened a blocked card: %s", out)
	}
	if auth, sign := d.tries(); auth != "0" || sign != "5" {
		d.t.Errorf("tries %s and %s, want 0 and 5", auth, sign)
	}
}

func (d *desk) write(name string, data []byte) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), data, 0o600); err != nil {
		d.t.Fatal(err)
	}
}
