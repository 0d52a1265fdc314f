//go:build pcsc

package reader_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"madoguchi/device/apdu"
	"madoguchi/device/sim/ifd"
)

var update = flag.Bool("update", false, "record testdata anew, through pcscd")

// TestRecordThroughPCSCD uses each key through pcscd with a recorder in between; with -update it keeps what was said.
func TestRecordThroughPCSCD(t *testing.T) {
	for name, r := range recordings {
		t.Run(name, func(t *testing.T) {
			says := ifd.ShortOnly
			if r.extended {
				says = ifd.Extended
			}
			d := newDeskWith(t, ifd.NewSlot("x", says, nil))
			d.insert(newCard(t, r.extended))
			var file bytes.Buffer
			file.WriteString("# made by go test -tags twin,pcsc ./device/reader -run RecordThroughPCSCD -update, through a real pcscd\n")
			recorder := apdu.NewRecorder(d.connect(), &file)
			use(t, recorder, d.device.Extended(), r.key, r.pin)
			if recorder.Err() != nil {
				t.Fatal(recorder.Err())
			}
			if !*update {
				return
			}
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join("testdata", name), file.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}
