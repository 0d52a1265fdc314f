package evidence

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func record() Record {
	return Record{
		Mailbox: "m", ID: "00", Manifest: "11", Form: "f", FormVersion: 1, FormDigest: "22", Signer: []byte{1}, Anchor: []byte{2},
		ReceivedAt: time.Unix(1_800_000_000, 5).In(time.FixedZone("JST", 9*3600)), SigningTime: time.Unix(1_799_999_999, 0).UTC(),
		WithinTerm: true, Checks: Checked,
	}
}

func TestRecordRoundTrip(t *testing.T) {
	raw, err := record().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseRecord(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := record()
	want.Type, want.V, want.ReceivedAt = "verification", 1, time.Unix(1_800_000_000, 0).UTC()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "{}", string(raw) + "\n", `{"type":"receipt","v":1}`} {
		if _, err := ParseRecord([]byte(bad)); !errors.Is(err, ErrEvidence) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestFolderIsWrittenOnceAndRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	f := Folder{Manifest: []byte("m"), Submission: []byte("s"), Parts: [][]byte{{1}, {2}}, Verification: []byte("v"), Bundle: []byte("b"),
		ReceiptCMS: []byte("c"), Receipt: []byte("r"), Keyring: []byte("k"), SignerDER: []byte("d"), AnchorDER: []byte("a")}
	if err := f.Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(dir); !errors.Is(err, os.ErrExist) {
		t.Error("written twice:", err)
	}
	got, err := read(dir)
	if diff := cmp.Diff(f, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, empty := range []string{t.TempDir(), filepath.Join(dir, "nowhere")} {
		if _, err := Verify(empty, nil); err == nil {
			t.Error("an empty folder is evidence")
		}
	}
}

func FuzzRecord(f *testing.F) {
	raw, err := record().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := ParseRecord(in)
		if err != nil {
			return
		}
		if _, err := r.Marshal(); err != nil {
			t.Fatal(err)
		}
	})
}
