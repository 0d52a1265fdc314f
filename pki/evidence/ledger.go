package evidence

import (
	"bufio"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/internal/durable"
	"madoguchi/pki/cms"
	"madoguchi/pki/keyring"
	"madoguchi/pki/receipt"
	"madoguchi/pki/timestamp"
)

// The files of an exported ledger, beside KeyringFile.
const (
	LeavesFile = "leaves"     // frames: leaf, statement (empty: none), leaf, statement, …
	StampsFile = "stamps"     // frames: signed head, token, …
	HeadFile   = "head.note"  // the newest signed head
	maxFrame   = 1 << 20      // bytes
	ledgerKind = "ledger.txt" // names the format
	ledgerText = "madoguchi ledger export, version 1\n"
)

// LedgerWriter writes an exported ledger.
type LedgerWriter struct {
	dir            string
	leaves, stamps *frames
}

// NewLedger begins an export in a new or empty folder.
func NewLedger(dir string, signedKeyring []byte) (*LedgerWriter, error) {
	if err := emptyFolder(dir); err != nil {
		return nil, err
	}
	w := &LedgerWriter{dir: dir}
	for name, data := range map[string][]byte{KeyringFile: signedKeyring, ledgerKind: []byte(ledgerText)} {
		if err := durable.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return nil, fmt.Errorf("evidence: %s: %w", name, err)
		}
	}
	var err error
	if w.leaves, err = newFrames(filepath.Join(dir, LeavesFile)); err != nil {
		return nil, err
	}
	if w.stamps, err = newFrames(filepath.Join(dir, StampsFile)); err != nil {
		return nil, errors.Join(err, w.leaves.close())
	}
	return w, nil
}

// Leaf writes the next leaf and what was said of it; nil: nothing.
func (w *LedgerWriter) Leaf(leaf, statement []byte) error { return w.leaves.write(leaf, statement) }

// Stamp writes a time-stamp over a signed head.
func (w *LedgerWriter) Stamp(head, token []byte) error { return w.stamps.write(head, token) }

// Head writes the newest signed head.
func (w *LedgerWriter) Head(signed []byte) error {
	return durable.WriteFile(filepath.Join(w.dir, HeadFile), signed, 0o600)
}

// Close ends the export and syncs it.
func (w *LedgerWriter) Close() error { return errors.Join(w.leaves.close(), w.stamps.close()) }

// frames is a file of byte strings, each behind its length (uint32, big endian).
type frames struct {
	f *os.File
	b *bufio.Writer
}

func newFrames(name string) (*frames, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return &frames{f, bufio.NewWriter(f)}, nil
}

func (w *frames) write(all ...[]byte) error {
	for _, one := range all {
		if err := errors.Join(binary.Write(w.b, binary.BigEndian, uint32(len(one))), second(w.b.Write(one))); err != nil {
			return fmt.Errorf("evidence: %w", err)
		}
	}
	return nil
}

func second(_ int, err error) error { return err }

func (w *frames) close() error { return errors.Join(w.b.Flush(), w.f.Sync(), w.f.Close()) }

// readPairs calls each for every two frames of a file.
func readPairs(name string, each func(a, b []byte) error) error {
	f, err := os.Open(name)
	if err != nil {
		return failed(filepath.Base(name), err)
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReader(f)
	for {
		a, err := readFrame(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return failed(filepath.Base(name), err)
		}
		b, err := readFrame(in)
		if err != nil {
			return failed(filepath.Base(name), errors.New("cut short"))
		}
		if err := each(a, b); err != nil {
			return failed(filepath.Base(name), err)
		}
	}
}

func readFrame(in io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("cut short")
		}
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxFrame {
		return nil, errors.New("a frame is too long")
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(in, b); err != nil {
		return nil, errors.New("cut short")
	}
	return b, nil
}

// LedgerReport is what an exported ledger shows.
type LedgerReport struct {
	Mailbox       string
	Demo          bool
	Origin        string
	Size          int64
	Receipts      int
	Refusals      int
	Deleted       int // documents whose keys were destroyed
	KeysDestroyed int
	Restored      int // times that a new origin took over
	Stamps        int
	First, Last   time.Time // of the stamps
	Independent   bool      // every stamp is by an authority that is not under the mailbox's own root
}

// IsLedger reports whether a folder is an exported ledger.
func IsLedger(dir string) bool {
	b, err := os.ReadFile(filepath.Join(dir, ledgerKind))
	return err == nil && string(b) == ledgerText
}

// VerifyLedger checks an exported ledger offline against the pinned root: that every leaf is one of ours and the signed
// head holds exactly these; that every receipt and refusal is signed, is its leaf, and its own older head is one that
// this history passed through; that every time-stamped head is one too. A history that was rewritten anywhere before its
// last independent stamp does not verify.
func VerifyLedger(dir string, root *x509.Certificate) (LedgerReport, error) {
	v := &ledgerVerifier{root: root, roots: map[int64]tlog.Hash{}}
	if err := onlyThese(dir, ledgerKind, KeyringFile, LeavesFile, StampsFile, HeadFile); err != nil {
		return v.r, err
	}
	if err := v.keyring(filepath.Join(dir, KeyringFile)); err != nil {
		return v.r, err
	}
	if err := readPairs(filepath.Join(dir, LeavesFile), v.leaf); err != nil {
		return v.r, err
	}
	signed, err := os.ReadFile(filepath.Join(dir, HeadFile))
	if err != nil {
		return v.r, failed(HeadFile, err)
	}
	head, err := v.head(signed)
	switch {
	case err != nil:
		return v.r, failed(HeadFile, err)
	case head.Size != v.r.Size:
		return v.r, failed(HeadFile, fmt.Errorf("of %d leaves, and there are %d", head.Size, v.r.Size))
	}
	v.r.Origin = head.Origin
	if err := readPairs(filepath.Join(dir, StampsFile), v.stamp); err != nil {
		return v.r, err
	}
	return v.r, v.passed()
}

func onlyThese(dir string, names ...string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			return failed(e.Name(), errors.New("no file of an export"))
		}
	}
	return nil
}

type ledgerVerifier struct {
	root    *x509.Certificate
	trusted *keyring.Keyring
	keys    note.Verifiers
	tsa     []*x509.Certificate
	hashes  []tlog.Hash // all stored hashes
	roots   map[int64]tlog.Hash
	r       LedgerReport
}

func (v *ledgerVerifier) keyring(name string) error {
	der, err := os.ReadFile(name)
	if err != nil {
		return failed(KeyringFile, err)
	}
	message, err := cms.Parse(der)
	if err != nil {
		return failed(KeyringFile, err)
	}
	signature, err := message.Verify(nil)
	if err != nil {
		return failed(KeyringFile, err)
	}
	if v.trusted, err = keyring.Open(der, v.root, signature.SigningTime, 0); err != nil {
		return failed(KeyringFile, err)
	}
	keys, err := v.trusted.LedgerKeys()
	if err != nil {
		return failed(KeyringFile, err)
	}
	v.keys = note.VerifierList(keys...)
	v.r.Mailbox, v.r.Demo, v.r.Independent = v.trusted.Mailbox, v.trusted.Demo, true
	v.tsa, err = v.trusted.TSAAnchors()
	return err
}

// ReadHashes implements tlog.HashReader over what was read so far.
func (v *ledgerVerifier) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		if n < 0 || n >= int64(len(v.hashes)) {
			return nil, errors.New("a hash that is not there")
		}
		out[i] = v.hashes[n]
	}
	return out, nil
}

func (v *ledgerVerifier) leaf(leaf, statement []byte) error {
	at := v.r.Size
	hashes, err := tlog.StoredHashesForRecordHash(at, receipt.LeafHash(leaf), v)
	if err != nil {
		return err
	}
	v.hashes, v.r.Size = append(v.hashes, hashes...), at+1
	if n, err := receipt.ParseNotice(leaf); err == nil {
		return v.notice(n, statement)
	}
	said, err := receipt.ParseLeaf(leaf)
	if err != nil {
		return fmt.Errorf("leaf %d: neither receipt nor notice: %w", at, err)
	}
	if err := v.statement(at, said, statement); err != nil {
		return fmt.Errorf("leaf %d: %w", at, err)
	}
	if said.Refused() {
		v.r.Refusals++
	} else {
		v.r.Receipts++
	}
	return nil
}

func (v *ledgerVerifier) notice(n receipt.Notice, statement []byte) error {
	if len(statement) > 0 || n.Mailbox != v.trusted.Mailbox {
		return fmt.Errorf("leaf %d: a notice of another mailbox, or with a statement", v.r.Size-1)
	}
	switch n.Kind {
	case receipt.Deletion:
		v.r.Deleted++
	case receipt.KeyDestroyed:
		v.r.KeysDestroyed++
	case receipt.Restored:
		v.r.Restored++
	}
	return nil
}

// statement verifies a receipt in full.
func (v *ledgerVerifier) statement(at int64, said receipt.Receipt, statement []byte) error {
	b, err := receipt.ParseBundle(statement)
	if err != nil {
		return err
	}
	got, err := receipt.Verify(b, v.trusted, v.root, receipt.Want{Mailbox: v.trusted.Mailbox, ID: said.ID, Manifest: said.Manifest})
	switch {
	case err != nil:
		return err
	case b.Index != at || got != said:
		return errors.New("the statement is of another leaf")
	}
	_, err = v.head(b.Head)
	return err
}

// head verifies a signed head's key and keeps what it says for the end, when all leaves are read; two of one size that
// differ are a fork.
func (v *ledgerVerifier) head(signed []byte) (receipt.Head, error) {
	h, err := receipt.OpenHead(signed, v.keys)
	if err != nil {
		return h, err
	}
	if root, seen := v.roots[h.Size]; seen && root != h.Root {
		return h, receipt.ErrFork
	}
	v.roots[h.Size] = h.Root
	return h, nil
}

// passed requires the history to have passed through every signed head.
func (v *ledgerVerifier) passed() error {
	for size, root := range v.roots {
		if size > v.r.Size {
			return failed(LeavesFile, fmt.Errorf("a head of %d leaves is signed, and there are %d", size, v.r.Size))
		}
		if size == 0 {
			continue
		}
		if got, err := tlog.TreeHash(size, v); err != nil || got != root {
			return failed(LeavesFile, fmt.Errorf("the signed head of %d leaves is not of these: %w", size, receipt.ErrFork))
		}
	}
	return nil
}

func (v *ledgerVerifier) stamp(head, token []byte) error {
	if _, err := v.head(head); err != nil {
		return err
	}
	s, err := timestamp.Verify(token, head, timestamp.Options{Anchors: v.tsa})
	if err != nil {
		return err
	}
	v.r.Stamps++
	if v.r.First.IsZero() || s.Time.Before(v.r.First) {
		v.r.First = s.Time
	}
	if s.Time.After(v.r.Last) {
		v.r.Last = s.Time
	}
	v.r.Independent = v.r.Independent && s.Authority.CheckSignatureFrom(v.root) != nil
	return nil
}

// Write tells the report in lines that a person can read.
func (r LedgerReport) Write(w io.Writer) error {
	demo, stamps := "", "no head is time-stamped: the mailbox alone says that this history is whole"
	if r.Demo {
		demo = " (a demo: proves nothing)"
	}
	if r.Stamps > 0 {
		by := "by an independent authority"
		if !r.Independent {
			by = "some or all of them by the mailbox's own authority, which is no independent witness"
		}
		stamps = fmt.Sprintf("%d, from %s to %s, %s", r.Stamps, r.First.Format(time.RFC3339), r.Last.Format(time.RFC3339), by)
	}
	_, err := fmt.Fprintf(w, `The ledger holds%s.
mailbox      %s
origin       %s
leaves       %d
receipts     %d
refusals     %d
deleted      %d documents (their keys are destroyed; that they were received stays)
keys         %d sealing keys destroyed
restored     %d times
stamps       %s
`, demo, r.Mailbox, r.Origin, r.Size, r.Receipts, r.Refusals, r.Deleted, r.KeysDestroyed, r.Restored, stamps)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return nil
}

// emptyFolder makes a folder; one that exists must be empty.
func emptyFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return fmt.Errorf("evidence: folder is not empty (%w)", os.ErrExist)
	}
	return nil
}
