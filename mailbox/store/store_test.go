package store_test

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/mailbox/store"
	"madoguchi/wire"
)

const secretText = "窓口花子 東京都千代田区"

func open(t *testing.T) (*store.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store ?.db")
	s, err := store.Open(t.Context(), path, bytes.Repeat([]byte{7}, store.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, path
}

func update(t *testing.T, s *store.Store, do func(*store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

func document(leaf int64) store.Document {
	d := store.Document{
		Leaf: leaf, Manifest: wire.Sum([]byte("m")), Kiosk: "k1", Form: "nursery", Version: 2, ReceivedAt: time.Unix(1_800_000_000, 0).UTC(),
		Signer: []byte("spki"), AuthKey: wire.Sum([]byte("a")), CMS: []byte("cms " + secretText),
		Parts: [][]byte{[]byte("1 " + secretText), []byte("2")}, Evidence: []byte("evidence " + secretText),
	}
	_, _ = rand.Read(d.ID[:])
	return d
}

func put(d store.Document) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		if err := tx.Append([]byte("leaf"), []tlog.Hash{{1}}); err != nil {
			return err
		}
		if err := tx.PutDocument(d); err != nil {
			return err
		}
		return tx.Claim(d.ID, d.Manifest, d.Leaf)
	}
}

func TestDocumentRoundTrip(t *testing.T) {
	s, _ := open(t)
	want := document(0)
	update(t, s, put(want))
	err := s.View(t.Context(), func(tx *store.Tx) error {
		got, err := tx.DocumentOf(want.ID)
		want.Signer, want.AuthKey = nil, wire.Hash{} // indexed, not kept
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if _, err := tx.DocumentOf(wire.ID{}); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothingPersonalInTheFiles(t *testing.T) {
	s, path := open(t)
	d := document(0)
	update(t, s, put(d))
	for _, name := range []string{path, path + "-wal"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, plain := range [][]byte{[]byte(secretText), []byte("spki"), d.AuthKey[:]} {
			if bytes.Contains(raw, plain) {
				t.Errorf("%s holds %q", filepath.Base(name), plain)
			}
		}
	}
}

func TestBlobOpensOnlyAsItself(t *testing.T) {
	s, path := open(t)
	var a, b store.BlobID
	update(t, s, func(tx *store.Tx) (err error) {
		if a, err = tx.PutBlob(store.Part, []byte("a")); err != nil {
			return err
		}
		b, err = tx.PutBlob(store.Part, []byte("b"))
		return err
	})
	read := func(s *store.Store, kind store.Kind, id store.BlobID) (plain []byte, err error) {
		err = s.View(t.Context(), func(tx *store.Tx) error {
			plain, err = tx.Blob(kind, id)
			return err
		})
		return plain, err
	}
	if plain, err := read(s, store.Part, a); err != nil || string(plain) != "a" {
		t.Fatal(plain, err)
	}
	if _, err := read(s, store.CMS, a); !errors.Is(err, store.ErrNotFound) {
		t.Error("another kind:", err)
	}
	other, err := store.Open(t.Context(), path, make([]byte, store.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if _, err := read(other, store.Part, a); !errors.Is(err, store.ErrDamaged) {
		t.Error("another store key:", err)
	}
	swap := func(query string) {
		update(t, s, func(tx *store.Tx) error {
			_, err := tx.Exec("swap", query, []byte(a), []byte(b))
			return err
		})
		if _, err := read(s, store.Part, a); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%s: %v", query, err)
		}
	}
	swap(`UPDATE blobs SET sealed = (SELECT sealed FROM blobs WHERE id = ?2) WHERE id = ?1`)
	swap(`UPDATE blob_keys SET wrapped = (SELECT wrapped FROM blob_keys WHERE blob = ?2) WHERE blob = ?1`) // both are b's now
	update(t, s, func(tx *store.Tx) error {
		_, err := tx.Exec("destroy", `DELETE FROM blob_keys WHERE blob = ?`, []byte(b))
		return err
	})
	if _, err := read(s, store.Part, b); !errors.Is(err, store.ErrNotFound) {
		t.Error("its key is destroyed:", err)
	}
}

func TestFailedTransactionChangesNothing(t *testing.T) {
	s, _ := open(t)
	boom := errors.New("boom")
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		if err := put(document(0))(tx); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	// No leaf: the deferred foreign key fails in the commit itself.
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return tx.PutDocument(document(5)) }); err == nil {
		t.Fatal("a document without a leaf was committed")
	}
	empty(t, s)
}

func empty(t *testing.T, s *store.Store) {
	t.Helper()
	err := s.View(t.Context(), func(tx *store.Tx) error {
		for _, table := range []string{"documents", "parts", "blobs", "blob_keys", "leaves", "hashes", "claims", "statements"} {
			var n int
			if err := tx.Row("count", "SELECT COUNT(*) FROM "+table, nil, &n); err != nil {
				return err
			}
			if n != 0 {
				t.Errorf("%s: %d rows", table, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestClaimsAreForEver(t *testing.T) {
	s, _ := open(t)
	d := document(0)
	update(t, s, put(d))
	same, sameID := document(1), document(1)
	same.Manifest, sameID.ID, sameID.Manifest = d.Manifest, d.ID, wire.Sum([]byte("other"))
	for name, again := range map[string]store.Document{"manifest": same, "id": sameID} {
		if err := s.Update(t.Context(), put(again)); err == nil {
			t.Errorf("%s was claimed twice", name)
		}
	}
	err := s.View(t.Context(), func(tx *store.Tx) error {
		got, err := tx.Claimed(d.ID, d.Manifest)
		if want := (store.Claimed{Manifest: true, ID: true}); err != nil || got != want {
			t.Error(got, err)
		}
		got, err = tx.Claimed(d.ID, sameID.Manifest)
		if want := (store.Claimed{ID: true}); err != nil || got != want {
			t.Error(got, err)
		}
		got, err = tx.Claimed(wire.ID{}, sameID.Manifest)
		if err != nil || got != (store.Claimed{}) {
			t.Error(got, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLedgerNumbers(t *testing.T) {
	s, _ := open(t)
	var want []tlog.Hash
	update(t, s, func(tx *store.Tx) error {
		for n := range int64(9) {
			hashes, err := tlog.StoredHashes(n, []byte{byte(n)}, tlog.HashReaderFunc(tx.ReadHashes))
			if err != nil {
				return err
			}
			want = append(want, hashes...)
			if err := tx.Append([]byte{byte(n)}, hashes); err != nil {
				return err
			}
		}
		return nil
	})
	err := s.View(t.Context(), func(tx *store.Tx) error {
		size, err := tx.Size()
		if err != nil || size != 9 {
			t.Error(size, err)
		}
		got, err := tx.ReadHashes([]int64{3, 0, int64(len(want) - 1)})
		if diff := cmp.Diff([]tlog.Hash{want[3], want[0], want[len(want)-1]}, got); diff != "" {
			t.Error(diff)
		}
		if _, err := tx.ReadHashes([]int64{int64(len(want))}); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestQuarantineIsDeduplicatedAndCapped(t *testing.T) {
	s, _ := open(t)
	hold := func(kiosk string, b byte, n int) (held bool) {
		update(t, s, func(tx *store.Tx) (err error) {
			held, err = tx.Hold(store.Held{Kiosk: kiosk, Reason: "r", At: time.Unix(1, 0), Sealed: []byte{b, byte(n), byte(n >> 8)}})
			return err
		})
		return held
	}
	for n := range store.PerKiosk {
		if !hold("k1", 1, n) {
			t.Fatal(n)
		}
	}
	if hold("k1", 1, store.PerKiosk) || !hold("k1", 1, 0) || !hold("k2", 2, 0) {
		t.Error("cap or deduplication")
	}
	update(t, s, func(tx *store.Tx) error {
		list, err := tx.HeldOf("k1")
		if len(list) != store.PerKiosk {
			t.Error(len(list))
		}
		return errors.Join(err, tx.Release(wire.Sum(list[0].Sealed)))
	})
	if !hold("k1", 1, store.PerKiosk) {
		t.Error("no room after a release")
	}
}

func TestSyncedAndWAL(t *testing.T) {
	s, _ := open(t)
	update(t, s, func(tx *store.Tx) error {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1"} {
			var got string
			if err := tx.Row("pragma", "PRAGMA "+pragma, nil, &got); err != nil || got != want {
				t.Error(pragma, got, err)
			}
		}
		return nil
	})
	if err := s.View(t.Context(), put(document(0))); err == nil {
		t.Error("a view wrote")
	}
}

func TestBadKey(t *testing.T) {
	if _, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "x"), []byte("short")); err == nil {
		t.Error("accepted")
	}
}

// What was refused before refusals were kept by envelope is found by its envelope.
func TestOldRefusalsAreKeptByEnvelope(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	sealed, manifest, at := wire.Sum([]byte("envelope")), wire.Sum([]byte("m")), time.Unix(1_800_000_000, 0).UTC()
	leaf := `{"kiosk":"k1","manifest":"` + manifest.String() + `","receivedAt":"` + at.Format(time.RFC3339) + `","sealed":"` + sealed.String() + `"}`
	for _, q := range []string{`INSERT INTO leaves (n, leaf) VALUES (0, x'')`, `INSERT INTO leaves (n, leaf) VALUES (1, CAST('` + leaf + `' AS BLOB))`, `INSERT INTO refusals (content, leaf) VALUES (x'01', 1)`} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), path, make([]byte, store.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	err = s.View(t.Context(), func(tx *store.Tx) error {
		n, err := tx.RefusalOf(sealed)
		if n != 1 || err != nil {
			t.Error(n, err)
		}
		if _, err := tx.RefusalOf(manifest); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		for since, want := range map[time.Time]int{at.Add(-time.Second): 1, at: 0} {
			ofManifest, recent, err := tx.Refusals("k1", manifest, since)
			if ofManifest != 1 || recent != want || err != nil {
				t.Error(ofManifest, recent, err)
			}
		}
		ofManifest, recent, err := tx.Refusals("k2", manifest, time.Time{})
		if ofManifest != 0 || recent != 0 {
			t.Error("another kiosk's:", ofManifest, recent)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
