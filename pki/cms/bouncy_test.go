package cms

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"madoguchi/pki/pkitest"
)

// bouncyJars are those of Debian's libbcpkix-java and what it needs.
const bouncyJars = "/usr/share/java/bcpkix.jar:/usr/share/java/bcprov.jar:/usr/share/java/bcutil.jar"

// bouncy compiles the judge once and returns a function that runs it.
func bouncy(t *testing.T) func(args ...string) (string, error) {
	t.Helper()
	for _, command := range []string{"java", "javac"} {
		if _, err := exec.LookPath(command); err != nil {
			t.Fatal(command + " is not installed: apt-get install default-jdk-headless")
		}
	}
	for _, jar := range filepath.SplitList(bouncyJars) {
		if _, err := os.Stat(jar); err != nil {
			t.Fatal("BouncyCastle is not installed: apt-get install libbcpkix-java")
		}
	}
	classes := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "javac", "-cp", bouncyJars, "-d", classes, "testdata/Bouncy.java").CombinedOutput()
	if err != nil {
		t.Fatalf("javac: %v\n%s", err, out)
	}
	return func(args ...string) (string, error) {
		all := append([]string{"-Xshare:auto", "-cp", classes + ":" + bouncyJars, "Bouncy"}, args...)
		out, err := exec.CommandContext(t.Context(), "java", all...).CombinedOutput()
		return string(out), err
	}
}

// TestBouncyCastleAcceptsOurs: a second independent verifier takes BES and T, inside and detached, with attribute
// certificates, by every key; and it refuses one changed byte of the content.
func TestBouncyCastleAcceptsOurs(t *testing.T) {
	judge := bouncy(t)
	dir := t.TempDir()
	writeFile(t, dir, "content", content)
	writeFile(t, dir, "other", append([]byte("x"), content...))
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, kind := range kinds {
		id := newIdentity(t, kind)
		writeFile(t, dir, "ca.der", id.ca.Raw)
		for _, full := range []bool{false, true} {
			o := Options{Detached: !full}
			place, n := path("content"), 0
			if full {
				place, n = "-", 1
				o.Attributes = [][]byte{pkitest.AttributeCertificate(t, id.cert, &pkitest.Entity{Cert: id.ca, Key: id.caKey})}
				o.Stamp = stamper(t)
			}
			der, err := SignWith(t.Context(), content, id.signer(), time.Now(), o)
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, dir, "in.der", der)
			if out, err := judge(path("in.der"), place, path("ca.der"), strconv.Itoa(n), strconv.Itoa(n)); err != nil || out != "holds\n" {
				t.Errorf("%s, full %v: %v\n%s", kind, full, err, out)
			}
			if full {
				continue
			}
			if out, err := judge(path("in.der"), path("other"), path("ca.der"), "0", "0"); err == nil {
				t.Errorf("%s: BouncyCastle accepts other content: %s", kind, out)
			}
		}
	}
}
