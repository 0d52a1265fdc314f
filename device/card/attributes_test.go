package card_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"madoguchi/device/apdu"
	"madoguchi/device/card"
	"madoguchi/device/sim"
)

func (w *world) face(t testing.TB) *card.Face {
	t.Helper()
	f, err := card.OpenFace(t.Context(), w.session(t), w.reader.Extended())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestPersonsDataHasItsOwnPINAndTries(t *testing.T) {
	w := newWorld(t)
	f := w.face(t)
	if _, err := f.Person(t.Context()); !errors.Is(err, card.ErrNotVerified) {
		t.Error(err)
	}
	for _, pin := range []string{"123", "ABCDEF", "", "１２３４"} {
		if err := f.Verify(t.Context(), card.Attributes, []byte(pin)); !errors.Is(err, card.ErrPINShape) {
			t.Errorf("%q: %v", pin, err)
		}
	}
	checkWrong(t, f.Verify(t.Context(), card.Attributes, w.authPIN), 2) // the PIN for logging in is another
	if left, err := f.Tries(t.Context(), card.Attributes); left != 2 || err != nil {
		t.Error(left, err)
	}
	checkWrong(t, f.Verify(t.Context(), card.Attributes, w.authPIN), 1)
	checkWrong(t, f.Verify(t.Context(), card.Attributes, w.authPIN), 0)
	if err := f.Verify(t.Context(), card.Attributes, []byte("5678")); !errors.Is(err, card.ErrBlocked) {
		t.Error(err)
	}
	file, err := sim.Load(w.path)
	if err != nil || file.Auth.Tries != 3 || file.Sign.Tries != 5 || file.Face.Tries != 0 {
		t.Error("tries of another PIN were spent", err)
	}
	if folded, err := card.Fold(card.Attributes, []byte("５６７８")); string(folded) != "5678" || err != nil {
		t.Error(folded, err)
	}
}

// TestNumberBOpensThePersonsDataWithTriesOfItsOwn: 14 digits that are printed on the card; neither PIN is asked.
func TestNumberBOpensThePersonsDataWithTriesOfItsOwn(t *testing.T) {
	w := newWorld(t)
	f := w.face(t)
	for _, number := range []string{"0204012035100", "020401203510011", "5678", "ABCDEFGHIJKLMN", ""} {
		if err := f.Verify(t.Context(), card.NumberB, []byte(number)); !errors.Is(err, card.ErrPINShape) {
			t.Errorf("%q: %v", number, err)
		}
	}
	for left := 9; left >= 0; left-- {
		checkWrong(t, f.Verify(t.Context(), card.NumberB, []byte("02040120351002")), left)
	}
	if left, err := f.Tries(t.Context(), card.NumberB); left != 0 || err != nil {
		t.Error(left, err)
	}
	file, err := sim.Load(w.path)
	if err != nil || file.Auth.Tries != 3 || file.Sign.Tries != 5 || file.Face.Tries != 3 || file.Face.NumberTries != 0 {
		t.Error("tries of another PIN were spent", err)
	}
	if folded, err := card.Fold(card.NumberB, []byte("０２０４０１２０３５１００１")); string(folded) != "02040120351001" || err != nil {
		t.Errorf("%q %v", folded, err)
	}
	w = newWorld(t, next(t))
	if err := w.face(t).Verify(t.Context(), card.NumberB, []byte("02040120351001")); !errors.Is(err, card.ErrNoCertificate) {
		t.Error(err)
	}
}

func TestPersonIsReadInParts(t *testing.T) {
	long := strings.Repeat("窓口", 110) // 660 bytes, longer than a short read and than the file used to be
	w := newWorld(t, func(o *sim.Options) { o.Extended, o.Face.Address = false, long })
	f := w.face(t)
	if err := f.Verify(t.Context(), card.Attributes, []byte("5678")); err != nil {
		t.Fatal(err)
	}
	if p, err := f.Person(t.Context()); err != nil || p.Address != long || p.Birth != "1990-04-01" {
		t.Errorf("%d characters, %v", len(p.Address), err)
	}
}

// TestMyNumberIsNeverRead watches every command of every use while the application of 個人番号 is selected: only the
// PIN and the file of 基本4情報 are named, by either way of addressing.
func TestMyNumberIsNeverRead(t *testing.T) {
	for name, change := range map[string]func(*sim.Options){
		"today": func(*sim.Options) {}, "short": func(o *sim.Options) { o.Extended = false },
		"selected": func(o *sim.Options) { o.Quirks = []sim.Quirk{sim.NoShortIDs} },
	} {
		w := newWorld(t, change)
		selected, named := false, map[string]int{}
		w.reader.Log(func(command, _ []byte) {
			switch {
			case command[1] == sel && command[2] == 4:
				selected = bytes.Contains(command, []byte("\xD3\x92\x10\x00\x31\x00\x01\x01\x04\x08"))
			case !selected:
			case command[1] == sel:
				named[hex.EncodeToString(command[5:7])]++
			case command[1] == read && command[2]&0x80 != 0, command[1] == verify && command[3] != 0x80:
				named[hex.EncodeToString([]byte{0, (command[2] | command[3]) & 0x1F})]++
			}
		})
		for _, run := range []flow{attributesFlow, numberFlow, logInFlow, signFlow} {
			s := w.session(t)
			if err := run(t.Context(), s, true, w.pins()); err != nil {
				t.Fatal(err)
			}
			_ = s.Close()
		}
		delete(named, "0002")
		delete(named, "0011")
		delete(named, "0015")
		if len(named) != 0 {
			t.Errorf("%s: %v", name, named)
		}
	}
}

func TestPersonAnswers(t *testing.T) {
	good := "df2108000f001500af00badf2203e7aa93df2303e58fa3df24083139393030343031df250132"
	person := func(body string) string {
		raw, err := hex.DecodeString(body)
		if err != nil {
			t.Fatal(err)
		}
		return "ff2081" + hex.EncodeToString([]byte{byte(len(raw))}) + body
	}
	for name, test := range map[string]struct {
		answer string
		err    error
	}{
		"good":             {person(good) + "9000", nil},
		"filler":           {person(good) + "ffffff9000", nil},
		"end of file":      {person(good) + "6282", nil},
		"an unknown text":  {person(good+"df260161") + "9000", nil},
		"no address":       {person(strings.Replace(good, "df2303e58fa3", "", 1)) + "9000", nil},
		"no name":          {person(strings.Replace(good, "df2203e7aa93", "", 1)) + "9000", card.ErrAnswer},
		"no birth date":    {person(strings.Replace(good, "df24083139393030343031", "", 1)) + "9000", card.ErrAnswer},
		"no such day":      {person(strings.Replace(good, "30343031", "30323330", 1)) + "9000", card.ErrAnswer},
		"no sex":           {person(strings.Replace(good, "df250132", "", 1)) + "9000", card.ErrAnswer},
		"a sex of 3":       {person(strings.Replace(good, "df250132", "df250133", 1)) + "9000", card.ErrAnswer},
		"a text twice":     {person(good+"df250131") + "9000", card.ErrAnswer},
		"no UTF-8":         {person(strings.Replace(good, "e7aa93", "ffaa93", 1)) + "9000", card.ErrAnswer},
		"a text cut":       {person(good+"df2605") + "9000", card.ErrAnswer},
		"個人番号":             {"ff100c303030303030303030303030ffff9000", card.ErrAnswer},
		"filler only":      {"ffffffff9000", card.ErrNoAttributes},
		"empty":            {"ff20009000", card.ErrAnswer},
		"nothing":          {"9000", card.ErrNoAttributes},
		"no file":          {"6a82 6a82", card.ErrNoAttributes},
		"PIN not verified": {"6982", card.ErrNotVerified},
		"noise":            {"12", apdu.ErrResponse},
	} {
		t.Run(name, func(t *testing.T) {
			s := script(append([]string{"9000"}, strings.Fields(test.answer)...))
			f, err := card.OpenFace(t.Context(), &s, true)
			if err != nil {
				t.Fatal(err)
			}
			p, err := f.Person(t.Context())
			checkError(t, err, test.err)
			if (err == nil) != (p.Name == "窓" && p.Birth == "1990-04-01" && p.Sex == "2") || len(s) != 0 {
				t.Errorf("%+v, %v left", p, s)
			}
			if err != nil && (strings.Contains(err.Error(), "窓") || strings.Contains(err.Error(), "1990")) {
				t.Error("the error tells of the person")
			}
		})
	}
}

func FuzzPerson(f *testing.F) {
	f.Add([]byte("\xff\x20\x1f\xdf\x22\x03\xe7\xaa\x93\xdf\x23\x03\xe5\x8f\xa3\xdf\x24\x0819900401\xdf\x25\x012"))
	f.Add([]byte("\xff\x20\x81\x80"))
	f.Fuzz(func(t *testing.T, file []byte) {
		line := &fileLine{file: file}
		face, err := card.OpenFace(t.Context(), line, true)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := face.Person(t.Context()); err == nil && (p.Name == "" || len(p.Birth) != 10 || len(p.Sex) != 1) {
			t.Fatalf("%+v", p)
		}
	})
}

// fileLine is a card with one file.
type fileLine struct{ file []byte }

func (l *fileLine) Transmit(_ context.Context, command []byte) ([]byte, error) {
	if command[1] != read {
		return []byte{0x90, 0x00}, nil
	}
	from := int(command[2]&0x7F)<<8 | int(command[3])
	if command[2]&0x80 != 0 {
		from = 0
	}
	if from >= len(l.file) {
		return []byte{0x6B, 0x00}, nil
	}
	return append(bytes.Clone(l.file[from:min(len(l.file), from+256)]), 0x90, 0x00), nil
}
