package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"madoguchi/pki/receipt"
)

const origin = "mailbox.city.example/ledger/1"

// memory is a Store in memory that counts the hashes read from it.
type memory struct {
	leaves  [][]byte
	hashes  []tlog.Hash
	read    int
	failing error
}

func (m *memory) Size() (int64, error) { return int64(len(m.leaves)), m.failing }

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, 0, len(indexes))
	for _, n := range indexes {
		if n >= int64(len(m.hashes)) {
			return nil, fmt.Errorf("no hash %d", n)
		}
		out = append(out, m.hashes[n])
		m.read++
	}
	return out, nil
}

func (m *memory) Append(leaf []byte, hashes []tlog.Hash) error {
	m.leaves = append(m.leaves, leaf)
	m.hashes = append(m.hashes, hashes...)
	return nil
}

func newLog(t testing.TB) (*Log, note.Verifiers) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.NewChaCha8([32]byte{1}), origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return New(origin, signer), note.VerifierList(verifier)
}

func leaves(from, to int) [][]byte {
	var out [][]byte
	for i := from; i < to; i++ {
		out = append(out, fmt.Appendf(nil, `{"n":%d}`, i))
	}
	return out
}

// merkle is RFC 6962 §2.1 as written there, sharing nothing with tlog.
func merkle(d [][]byte) [32]byte {
	switch len(d) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, d[0]...))
	}
	k := 1
	for k*2 < len(d) {
		k *= 2
	}
	l, r := merkle(d[:k]), merkle(d[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:]))
}

func TestHeadsAreRFC6962AndEveryLeafIsProved(t *testing.T) {
	log, known := newLog(t)
	for size := range 40 {
		st, all := &memory{}, leaves(0, size)
		if first, err := log.Append(st, all...); err != nil || first != 0 {
			t.Fatal(first, err)
		}
		signed, err := log.Head(st)
		if err != nil {
			t.Fatal(err)
		}
		head, err := receipt.OpenHead(signed, known)
		if err != nil {
			t.Fatal(err)
		}
		if head.Origin != origin || head.Size != int64(size) || head.Root != merkle(all) {
			t.Fatalf("head of %d leaves: %+v", size, head)
		}
		for i, leaf := range all {
			n, proof, err := log.Prove(st, int64(i))
			if err != nil || n != int64(size) {
				t.Fatal(n, err)
			}
			if err := tlog.CheckRecord(proof, n, head.Root, int64(i), receipt.LeafHash(leaf)); err != nil {
				t.Errorf("leaf %d of %d: %v", i, size, err)
			}
		}
	}
}

func TestCommitIsAppendHeadAndProve(t *testing.T) {
	log, _ := newLog(t)
	one, many := &memory{}, &memory{}
	for at, batch := 0, 1; at < 100; at, batch = at+batch, batch+3 {
		part := leaves(at, at+batch)
		for _, leaf := range part {
			if _, err := log.Append(one, leaf); err != nil {
				t.Fatal(err)
			}
		}
		got, err := log.Commit(many, part...)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(one.hashes, many.hashes) || got.First != int64(at) || got.Size != int64(at+batch) || len(got.Proofs) != batch {
			t.Fatalf("batch at %d differs: first %d, size %d", at, got.First, got.Size)
		}
		head, err := log.Head(one)
		if err != nil || string(head) != string(got.Head) { // Ed25519 is deterministic
			t.Fatalf("another head: %v", err)
		}
		for i, proof := range got.Proofs {
			_, want, err := log.Prove(one, got.First+int64(i))
			if err != nil || !slices.Equal(proof, want) {
				t.Fatalf("another proof of leaf %d: %v", at+i, err)
			}
		}
	}
}

func TestCommitReadsEachStoredHashOnce(t *testing.T) {
	log, _ := newLog(t)
	st := &memory{}
	if _, err := log.Append(st, leaves(0, 1000)...); err != nil {
		t.Fatal(err)
	}
	st.read = 0
	if _, err := log.Commit(st, leaves(1000, 1064)...); err != nil {
		t.Fatal(err)
	}
	if st.read > 10 { // 1000 leaves are six whole subtrees
		t.Errorf("64 leaves read %d hashes", st.read)
	}
}

func TestWhatALogDoesNotHold(t *testing.T) {
	log, _ := newLog(t)
	st := &memory{}
	if _, err := log.Append(st, leaves(0, 3)...); err != nil {
		t.Fatal(err)
	}
	for _, index := range []int64{-1, 3, 1 << 60} {
		if _, _, err := log.Prove(st, index); !errors.Is(err, ErrIndex) {
			t.Errorf("leaf %d: %v", index, err)
		}
	}
}

type broken struct {
	memory
	size  int64
	short bool
}

func (b *broken) Size() (int64, error) { return b.size, nil }

func (b *broken) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	if b.short {
		return nil, nil
	}
	return b.memory.ReadHashes(indexes)
}

func TestDamagedStores(t *testing.T) {
	log, _ := newLog(t)
	disk := errors.New("disk")
	for name, test := range map[string]struct {
		st   Store
		want error
	}{
		"size fails":           {&memory{failing: disk}, disk},
		"size negative":        {&broken{size: -1}, ErrStore},
		"size without end":     {&broken{size: 1<<63 - 1}, ErrStore},
		"answers no hashes":    {&broken{size: 5, short: true}, ErrStore},
		"full":                 {&broken{size: receipt.MaxSize}, ErrFull},
		"hashes are not there": {&broken{size: 5}, nil}, // any error
	} {
		_, err := log.Commit(test.st, []byte("leaf"))
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeyOfAnotherLogSignsNoHead(t *testing.T) {
	log, _ := newLog(t)
	if _, err := New("elsewhere", log.signer).Head(&memory{}); !errors.Is(err, receipt.ErrHead) {
		t.Error(err)
	}
	if log.Origin() != origin {
		t.Error(log.Origin())
	}
}

func BenchmarkCommit64(b *testing.B) {
	log, _ := newLog(b)
	st, part := &memory{}, leaves(0, 64)
	for b.Loop() {
		if _, err := log.Commit(st, part...); err != nil {
			b.Fatal(err)
		}
	}
}
