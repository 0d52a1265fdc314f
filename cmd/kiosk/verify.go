package main

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"madoguchi/pki/evidence"
)

type verifyCmd struct {
	What    string `arg:"" help:"The exported folder; or the text of a slip's QR code, a file that holds it, or - for standard input."`
	Root    string `required:"" type:"existingfile" help:"The pinned root (PEM). An export's own copy proves nothing."`
	Keyring string `type:"path" help:"For a slip: the mailbox's signed keyring; keyring.cms beside the root by default."`
}

func (c *verifyCmd) Run(in io.Reader, out io.Writer) error {
	root, err := readRoot(c.Root)
	if err != nil {
		return err
	}
	if info, err := os.Stat(c.What); err == nil && info.IsDir() {
		report, err := evidence.VerifyAny(c.What, root)
		if err != nil {
			return err
		}
		return report.Write(out)
	}
	return c.slip(in, out, root)
}

func (c *verifyCmd) slip(in io.Reader, out io.Writer, root *x509.Certificate) error {
	text, err := c.text(in)
	if err != nil {
		return err
	}
	name := c.Keyring
	if name == "" {
		name = filepath.Join(filepath.Dir(c.Root), evidence.KeyringFile)
	}
	signed, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("the keyring, to check a slip against: %w", err)
	}
	slip, err := evidence.VerifySlip(text, signed, root)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, slip)
	return err
}

// maxText bounds what is read of a file or the standard input, in bytes; a slip's code has 150.
const maxText = 4096

// text is the code itself where there is no such file.
func (c *verifyCmd) text(in io.Reader) (string, error) {
	if c.What != "-" {
		file, err := os.Open(c.What)
		if err != nil {
			if c.What != strings.ToUpper(c.What) { // no code has a small letter
				return "", fmt.Errorf("%w, and it is no slip's code either", err)
			}
			return c.What, nil
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxText))
	if err != nil {
		return "", fmt.Errorf("the slip's code: %w", err)
	}
	return string(raw), nil
}

func readRoot(name string) (*x509.Certificate, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, errors.New("root: not PEM")
	}
	return x509.ParseCertificate(block.Bytes)
}
