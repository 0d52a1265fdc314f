package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"madoguchi/internal/durable"
	"madoguchi/internal/fail"
)

// lockTimeout is how long Open waits for a process that is just ending.
const lockTimeout = time.Second

// Open opens the outbox at path, creating it if there is none. ErrLocked: another process has it open; ErrDamaged:
// the file is not sound, and is left as it is.
func Open(path string, l Limits) (*Outbox, error) {
	if err := ensure(path); err != nil {
		return nil, err
	}
	o := &Outbox{path: path, limits: l, changed: make(chan struct{})}
	var file *os.File // bbolt leaves it open, and locked, when it panics
	opts := options()
	opts.OpenFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = os.OpenFile(name, flag&^os.O_CREATE, mode)
		return file, err
	}
	err := guard(func() (err error) {
		if o.db, err = bbolt.Open(path, 0o600, opts); err != nil {
			return openError(err)
		}
		return o.db.View(o.load)
	})
	if err != nil {
		if o.db != nil {
			_ = guard(o.db.Close)
		}
		_ = file.Close() // a nil file says so in its error
		return nil, fmt.Errorf("outbox: open: %w", err)
	}
	o.ahead.file = file
	if o.spare, err = openSpare(path, 2*l.Bytes+spareSlack); err != nil {
		_ = o.db.Close()
		return nil, err
	}
	sweep(path)
	return o, nil
}

// options keep the free list in the file. Without it a commit is a page shorter, but opening after a crash reads every
// page, 25 times slower with 20 000 rows, and bbolt does that on a goroutine of its own, where its panic over a
// damaged page ends the process.
func options() *bbolt.Options {
	return &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType}
}

func openError(err error) error {
	for _, damage := range []error{bolterrors.ErrInvalid, bolterrors.ErrChecksum, bolterrors.ErrVersionMismatch, bolterrors.ErrInvalidMapping} {
		if errors.Is(err, damage) {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	if errors.Is(err, bolterrors.ErrTimeout) {
		return ErrLocked
	}
	return err
}

// ensure creates the file whole or not at all, because bbolt's own first initialisation does not survive a power
// cut. A link, unlike a rename, never replaces a file that another process has just made.
func ensure(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return wrap("outbox: look", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return wrap("outbox: create", err)
	}
	temp := f.Name()
	defer func() { _ = os.Remove(temp) }()
	if err := f.Close(); err != nil {
		return wrap("outbox: create", err)
	}
	if err := initialise(temp); err != nil {
		return err
	}
	fail.Here(fail.OutboxCreated)
	if err := os.Link(temp, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return wrap("outbox: create", err)
	}
	return wrap("outbox: create", durable.SyncDir(filepath.Dir(path)))
}

func initialise(temp string) error {
	db, err := bbolt.Open(temp, 0o600, options())
	if err != nil {
		return wrap("outbox: initialise", err)
	}
	err = errors.Join(db.Update(create), db.Sync())
	return wrap("outbox: initialise", errors.Join(err, db.Close()))
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// sweep removes what a crash during ensure left beside the file.
func sweep(path string) {
	left, _ := filepath.Glob(path + ".new-*")
	for _, name := range left {
		_ = os.Remove(name)
	}
}

// load walks all rows, which finds damage now and not when a person stands there, and makes the index. A damaged row
// spoils only itself.
func (o *Outbox) load(tx *bbolt.Tx) error {
	if err := checkFormat(tx); err != nil {
		return err
	}
	b := in(tx)
	var x index
	var last []byte
	c := b.row.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		e, sealed, ok := entryOf(k)
		if !ok || bytes.Compare(k, last) <= 0 { // a damaged page could send the walk round for ever
			return fmt.Errorf("%w: keys do not rise", ErrDamaged)
		}
		if last = k; sealed {
			x.sealed(e)
		} else {
			x.add(e.with(v))
		}
	}
	if n := len(x.list); n > 0 && x.list[n-1].order > b.row.Sequence() {
		return fmt.Errorf("%w: sequence", ErrDamaged)
	}
	o.raiseSeq(b.row.Sequence())
	o.mu.Lock()
	defer o.mu.Unlock()
	o.index = x
	return nil
}
