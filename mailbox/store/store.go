// Package store keeps what the mailbox has received, in one SQLite file: documents, ledger, statements, the
// register of kiosks. Whatever holds personal data is a blob, encrypted under its own key (blob.go).
//
// Error model: ErrNotFound for what is not there, ErrDamaged for a blob that does not open; everything else is
// the database's error, wrapped with the step. A transaction that returns an error has changed nothing. No
// error quotes a stored value.
package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"runtime"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

var (
	// ErrNotFound reports a row that is not there.
	ErrNotFound = errors.New("store: not found")
	// ErrDamaged reports a blob that its key does not open.
	ErrDamaged = errors.New("store: blob does not open")
)

//go:embed migrations/*.sql
var migrations embed.FS

// KeySize is the length of a store key in bytes.
const KeySize = 32

// Store is an open database. Writers queue on one connection; readers see the last commit.
type Store struct {
	write, read *sql.DB
	wrap        [KeySize]byte // wraps blob keys
	index       [KeySize]byte // keys the HMAC under which public keys are found again
}

// Open opens or creates the database at path under the 32-byte store key, and brings its tables up to date.
// Every commit is synced before it returns (WAL, synchronous=FULL).
func Open(ctx context.Context, path string, key []byte) (*Store, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("store: key must have %d bytes", KeySize)
	}
	if err := private(path); err != nil {
		return nil, err
	}
	s := &Store{wrap: derive(key, "wrap"), index: derive(key, "index")}
	var err error
	if s.write, err = open(path, 1, "_txlock=immediate"); err != nil {
		return nil, err
	}
	if s.read, err = open(path, max(2, runtime.GOMAXPROCS(0)), "_pragma=query_only(1)"); err != nil {
		_ = s.write.Close()
		return nil, err
	}
	if err := migrate(ctx, s.write); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// private creates the file for its owner alone; SQLite gives its side files the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("store: create: %w", err)
	}
	return f.Close()
}

func open(path string, connections int, extra string) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&" + extra
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("store: open: %w", err)
	}
	db.SetMaxOpenConns(connections)
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	return nil
}

// Close closes the database.
func (s *Store) Close() error { return errors.Join(s.read.Close(), s.write.Close()) }

// Tx is one transaction. Its methods are used by one goroutine.
type Tx struct {
	ctx context.Context //nolint:containedctx // a transaction lives as long as its context
	tx  *sql.Tx
	s   *Store
}

// Update runs do in one write transaction and returns when its commit is on disk. If do or the commit fails,
// nothing has changed.
func (s *Store) Update(ctx context.Context, do func(*Tx) error) error {
	return s.in(ctx, s.write, do)
}

// View runs do on one consistent state, which it cannot change.
func (s *Store) View(ctx context.Context, do func(*Tx) error) error {
	return s.in(ctx, s.read, do)
}

func (s *Store) in(ctx context.Context, db *sql.DB, do func(*Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // done already after a commit
	if err := do(&Tx{ctx: ctx, tx: tx, s: s}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	return nil
}

// Exec runs one statement and returns how many rows it changed; doing names the step for the error.
func (t *Tx) Exec(doing, query string, args ...any) (int64, error) {
	r, err := t.tx.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("store: %s: %w", doing, err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("store: %s: %w", doing, err)
	}
	return n, nil
}

// Row reads one row into dest, or returns ErrNotFound.
func (t *Tx) Row(doing, query string, args []any, dest ...any) error {
	err := t.tx.QueryRowContext(t.ctx, query, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("store: %s: %w", doing, err)
	}
	return nil
}

// Rows calls each for every row of a query; scan reads the row's columns.
func (t *Tx) Rows(doing, query string, args []any, each func(scan func(dest ...any) error) error) error {
	rows, err := t.tx.QueryContext(t.ctx, query, args...)
	if err != nil {
		return fmt.Errorf("store: %s: %w", doing, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return fmt.Errorf("store: %s: %w", doing, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("store: %s: %w", doing, err)
	}
	return nil
}

// tag is the HMAC-SHA-256 under which a public key is indexed: the database alone tells nobody whose it is.
func (s *Store) tag(publicKey []byte) []byte {
	mac := hmac.New(sha256.New, s.index[:])
	mac.Write(publicKey)
	return mac.Sum(nil)
}

func derive(key []byte, purpose string) [KeySize]byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("madoguchi/store/v1/" + purpose))
	return [KeySize]byte(mac.Sum(nil))
}
