package mailbox

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"madoguchi/internal/jsonx"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
)

// The backup of a mailbox is its keys, everything else that its folder was made of, and the register of kiosks: what
// cannot be made again. It is a tar inside an age file to recipients whose identities lie elsewhere, offline. The
// database is not in it: what it holds, the kiosks keep until they have a receipt, and its own copies are the
// operator's.

// BackupDir is where backups are written and BackupFile what is known of them.
const (
	BackupDir      = "backup"
	BackupFile     = "backup.json"
	registerFile   = "register.json"   // in the tar only
	recipientsFile = "recipients.json" // likewise
)

// ErrBackup reports a folder whose keys are in no backup that somebody has shown to open.
var ErrBackup = errors.New("mailbox: its keys are in no confirmed backup, and without one a broken disk ends this mailbox for good")

// Backups is BackupFile.
type Backups struct {
	V          int      `json:"v"` // 1
	Recipients []string `json:"recipients"`
	Made       []Backup `json:"made"`
}

// Backup is one backup that was made.
type Backup struct {
	File        string            `json:"file"`
	MadeAt      string            `json:"madeAt"`
	Proof       string            `json:"proof"`  // SHA-256 of the code that only who opens it can tell
	Covers      map[string]string `json:"covers"` // key files, and the beginning of their SHA-256
	ConfirmedAt string            `json:"confirmedAt,omitempty"`
}

// MakeBackup writes a backup to recipients (age1…), or to those of the last one where none is given, and returns its
// file. It needs the offline folder and may run beside a serving mailbox.
func MakeBackup(dir string, recipients []string) (string, error) {
	known, err := readBackups(dir)
	if err != nil {
		return "", err
	}
	if len(recipients) > 0 {
		known.Recipients = recipients
	}
	to, err := age.ParseRecipients(strings.NewReader(strings.Join(known.Recipients, "\n")))
	if err != nil {
		return "", fmt.Errorf("mailbox: backup: %w: %w", ErrRecipients, err)
	}
	files, err := backupFiles(dir)
	if err != nil {
		return "", err
	}
	if files[recipientsFile], err = jsonx.Marshal(known.Recipients); err != nil {
		return "", fmt.Errorf("mailbox: backup: %w", err)
	}
	b := Backup{MadeAt: time.Now().UTC().Format(time.RFC3339), Covers: covers(files)}
	plain, err := pack(files)
	if err != nil {
		return "", err
	}
	defer clear(plain)
	sealed, err := encrypt(plain, to)
	if err != nil {
		return "", err
	}
	b.File = fmt.Sprintf("keys-%03d.age", len(known.Made)+1)
	b.Proof = proofOf(codeOf(plain))
	if err := os.MkdirAll(filepath.Join(dir, BackupDir), 0o700); err != nil {
		return "", fmt.Errorf("mailbox: backup: %w", err)
	}
	if err := writeFile(sealed, dir, BackupDir, b.File); err != nil {
		return "", err
	}
	known.Made = append(known.Made, b)
	return filepath.Join(dir, BackupDir, b.File), known.write(dir)
}

// ErrRecipients reports that nobody is named to whom a backup could be encrypted.
var ErrRecipients = errors.New("a backup needs recipients (age1…) whose identities are kept offline: age-keygen makes one")

func readBackups(dir string) (Backups, error) {
	b := Backups{V: 1}
	raw, err := os.ReadFile(filepath.Join(dir, BackupFile))
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err == nil {
		err = jsonx.UnmarshalLoose(raw, &b)
	}
	if err != nil {
		return b, fmt.Errorf("mailbox: %s: %w", BackupFile, err)
	}
	return b, nil
}

func (b Backups) write(dir string) error {
	raw, err := jsonx.Marshal(b)
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	return writeFile(raw, dir, BackupFile)
}

// backupFiles reads what goes into a backup, by its name in the folder.
func backupFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, name := range []string{ConfigFile, RootFile, KeyringFile} {
		b, err := readFile(dir, name)
		if err != nil {
			return nil, err
		}
		files[name] = b
	}
	for _, folder := range []string{keysDir, OfflineDir, AnchorsDir, StampsDir} {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if errors.Is(err, fs.ErrNotExist) && folder == StampsDir {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("mailbox: backup: %w", err)
		}
		for _, e := range entries {
			b, err := readFile(dir, folder, e.Name())
			if err != nil {
				return nil, err
			}
			files[folder+"/"+e.Name()] = b
		}
	}
	var err error
	files[registerFile], err = registered(dir)
	return files, err
}

// registered is the register of kiosks as it is kept in a backup.
func registered(dir string) (raw []byte, err error) {
	err = viewStore(dir, func(tx *store.Tx) error {
		all, err := registry.Save(tx)
		if err != nil {
			return err
		}
		raw, err = jsonx.Marshal(all)
		return err
	})
	return raw, err
}

// covers names the key files of a backup; the offline ones too.
func covers(files map[string][]byte) map[string]string {
	out := map[string]string{}
	for name, b := range files {
		if strings.HasPrefix(name, keysDir+"/") || strings.HasPrefix(name, OfflineDir+"/") {
			out[name] = digest(b)
		}
	}
	return out
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

func pack(files map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(files[name])), Format: tar.FormatUSTAR}); err != nil {
			return nil, fmt.Errorf("mailbox: backup: %w", err)
		}
		if _, err := w.Write(files[name]); err != nil {
			return nil, fmt.Errorf("mailbox: backup: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("mailbox: backup: %w", err)
	}
	return b.Bytes(), nil
}

func encrypt(plain []byte, to []age.Recipient) ([]byte, error) {
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to...)
	if err != nil {
		return nil, fmt.Errorf("mailbox: backup: %w", err)
	}
	if _, err := w.Write(plain); err != nil {
		return nil, fmt.Errorf("mailbox: backup: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("mailbox: backup: %w", err)
	}
	return sealed.Bytes(), nil
}

// codeOf is what only who has opened the whole of a backup can tell: the first half of the SHA-256 of what is inside, as
// `age -d … | sha256sum` shows it too.
func codeOf(plain []byte) string {
	sum := sha256.Sum256(plain)
	return hex.EncodeToString(sum[:16])
}

func proofOf(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

// maxBackup bounds what a backup is read into, in bytes.
const maxBackup = 64 << 20

// OpenBackup opens a backup with an offline identity and returns its confirmation code. It needs nothing but the file.
func OpenBackup(sealed, identities io.Reader) (code string, err error) {
	_, code, err = openBackup(sealed, identities)
	return code, err
}

func openBackup(sealed, identities io.Reader) (files map[string][]byte, code string, err error) {
	ids, err := age.ParseIdentities(identities)
	if err != nil {
		return nil, "", errors.New("mailbox: backup: the identity file cannot be read") // the library's text may quote it
	}
	in, err := age.Decrypt(sealed, ids...)
	if err != nil {
		return nil, "", fmt.Errorf("mailbox: backup does not open with this identity: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(in, maxBackup))
	if err != nil {
		return nil, "", fmt.Errorf("mailbox: backup is damaged: %w", err)
	}
	files = map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(plain)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, "", fmt.Errorf("mailbox: backup is damaged: %w", err)
		}
		if !filepath.IsLocal(h.Name) || strings.Count(h.Name, "/") > 1 {
			return nil, "", errors.New("mailbox: backup is damaged: a name in it")
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			return nil, "", fmt.Errorf("mailbox: backup is damaged: %w", err)
		}
	}
	return files, codeOf(plain), nil
}

// ErrCode reports a confirmation code that is of no backup.
var ErrCode = errors.New("mailbox: this code is of no backup that was made here")

// ConfirmBackup records that somebody opened a backup elsewhere: code is what OpenBackup told them there.
func ConfirmBackup(dir, code string) error {
	known, err := readBackups(dir)
	if err != nil {
		return err
	}
	code = strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\n' {
			return -1
		}
		return r
	}, code))
	if len(code) > 32 { // the whole line of sha256sum
		code = code[:32]
	}
	i := slices.IndexFunc(known.Made, func(b Backup) bool { return b.Proof == proofOf(code) })
	if i < 0 {
		return ErrCode
	}
	known.Made[i].ConfirmedAt = time.Now().UTC().Format(time.RFC3339)
	return known.write(dir)
}

// backedUp requires every key that is here to be in one confirmed backup.
func backedUp(dir string) error {
	known, err := readBackups(dir)
	if err != nil {
		return err
	}
	here := map[string][]byte{}
	entries, err := os.ReadDir(filepath.Join(dir, keysDir))
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	for _, e := range entries {
		if here[keysDir+"/"+e.Name()], err = readFile(dir, keysDir, e.Name()); err != nil {
			return err
		}
	}
	confirmed := func(b Backup) bool {
		if b.ConfirmedAt == "" {
			return false
		}
		for name, sum := range covers(here) {
			if b.Covers[name] != sum {
				return false
			}
		}
		return true
	}
	if slices.ContainsFunc(known.Made, confirmed) {
		return nil
	}
	return fmt.Errorf("%w: `mailbox backup make` writes one, `mailbox backup check` opens it where the identity is, `mailbox backup confirm` takes its code", ErrBackup)
}
