package apdu

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// talk is a card that knows three commands.
var talk = transmit(func(command []byte) ([]byte, error) {
	switch command[1] {
	case 0xA4:
		return []byte{0x90, 0x00}, nil
	case 0x20:
		return []byte{0x63, 0xC2}, nil
	case 0xB0:
		return nil, ErrRemoved
	}
	return nil, errors.New("reader on fire")
})

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecordingIsPlayedBackAsItWas(t *testing.T) {
	var file bytes.Buffer
	recorder := NewRecorder(talk, &file)
	commands := []string{"00a4040c02d392", "0020009804" + hex.EncodeToString([]byte("1234")), "00b08a0000", "00c00000"}
	for _, c := range commands {
		_, _ = recorder.Transmit(t.Context(), unhex(t, c))
	}
	want := "> 00a4040c02d392\n< 9000\n> 0020009804********\n< 63c2\n> 00b08a0000\n! removed\n> 00c00000\n! failed\n"
	if file.String() != want || recorder.Err() != nil {
		t.Fatalf("%v; recorded:\n%s", recorder.Err(), file.String())
	}
	player, err := NewPlayer(&file)
	if err != nil {
		t.Fatal(err)
	}
	commands[1] = "0020009804" + hex.EncodeToString([]byte("9999")) // any PIN of that length
	answers := []struct {
		response string
		err      error
	}{{"9000", nil}, {"63c2", nil}, {"", ErrRemoved}, {"", ErrLine}}
	for i, c := range commands {
		if player.Done() == nil {
			t.Errorf("done before command %d", i)
		}
		got, err := player.Transmit(t.Context(), unhex(t, c))
		if hex.EncodeToString(got) != answers[i].response || !errors.Is(err, answers[i].err) {
			t.Errorf("%s: got %x, %v", c, got, err)
		}
	}
	if err := player.Done(); err != nil {
		t.Error(err)
	}
}

func TestNoPINIsWrittenDown(t *testing.T) {
	pin := hex.EncodeToString([]byte("ABC123"))
	for name, command := range map[string]string{
		"VERIFY":                "0020009b06" + pin,
		"VERIFY, odd":           "0021009b06" + pin,
		"CHANGE":                "0024018006" + pin,
		"RESET RETRY COUNTER":   "002c009b06" + pin,
		"VERIFY, extended":      "0020009b000006" + pin,
		"VERIFY, length astray": "0020009b01" + pin,
		"VERIFY, no length":     "0020009b" + pin,
	} {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			_, _ = NewRecorder(talk, &file).Transmit(t.Context(), unhex(t, command))
			tail := pin[2:] // without Lc its first byte stands where Lc does
			if strings.Contains(file.String(), tail) || !strings.Contains(file.String(), "**") {
				t.Error(file.String())
			}
		})
	}
}

func TestPlayerFailsOnDeviation(t *testing.T) {
	const recording = "# a comment\n\n> 0020009804********\n< 9000\n>  00B0 8A00 00 \n< 9000\n"
	if _, err := NewPlayer(strings.NewReader(recording)); !errors.Is(err, ErrRecording) {
		t.Errorf("blanks inside: %v", err)
	}
	for name, command := range map[string]string{
		"another command": "00a40000",
		"longer PIN":      "00200098053132333435",
		"another PIN":     "0020009b0431323334",
		"the query":       "00200098",
		"nothing":         "",
	} {
		t.Run(name, func(t *testing.T) {
			player, err := NewPlayer(strings.NewReader("> 002000980431323334\n< 9000\n"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = player.Transmit(t.Context(), unhex(t, command))
			if !errors.Is(err, ErrDeviation) || !strings.Contains(err.Error(), "line 1") {
				t.Errorf("got %v", err)
			}
			if !errors.Is(player.Done(), ErrDeviation) {
				t.Error("left-over commands went unnoticed")
			}
		})
	}
	player, err := NewPlayer(strings.NewReader(""))
	if err != nil || player.Done() != nil {
		t.Fatal(err, player.Done())
	}
	if _, err := player.Transmit(t.Context(), []byte{0, 0xA4, 0, 0}); !errors.Is(err, ErrDeviation) {
		t.Errorf("behind the end: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := player.Transmit(ended, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}

func TestMalformedRecordings(t *testing.T) {
	for name, in := range map[string]string{
		"answer first":        "< 9000\n",
		"two commands":        "> 00a40000\n> 00a40000\n< 9000\n",
		"two answers":         "> 00a40000\n< 9000\n< 9000\n",
		"no answer":           "> 00a40000\n",
		"no hexadecimal":      "> 00zz\n< 9000\n",
		"half a byte":         "> 00a\n< 9000\n",
		"empty command":       "> \n< 9000\n",
		"bad answer":          "> 00a40000\n< 90x0\n",
		"unknown break":       "> 00a40000\n! exploded\n",
		"unknown line":        "> 00a40000\n= 9000\n",
		"asterisks elsewhere": "> 00b0**00\n< 9000\n",
		"half a PIN hidden":   "> 002000980431**3334\n< 9000\n",
		"half an asterisk":    "> 002000980431*23334\n< 9000\n",
		"asterisk in answer":  "> 00a40000\n< **\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewPlayer(strings.NewReader(in)); !errors.Is(err, ErrRecording) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := NewPlayer(strings.NewReader("> " + strings.Repeat("00", 1<<18))); err == nil {
		t.Error("a line without end was read")
	}
}

type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room--; d.room < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestFullDiskStopsTheRecordingNotTheCard(t *testing.T) {
	recorder := NewRecorder(talk, &fullDisk{room: 1})
	for range 2 {
		if r, err := recorder.Transmit(t.Context(), []byte{0, 0xA4, 4, 0}); err != nil || len(r) != 2 {
			t.Fatal(r, err)
		}
	}
	if recorder.Err() == nil {
		t.Error("nobody is told")
	}
}

func FuzzRecording(f *testing.F) {
	f.Add([]byte("# x\n> 0020009804********\n< 9000\n> 00b08a0000\n! removed\n"))
	f.Add([]byte("> 00a4040c\n<\n"))
	f.Add([]byte("> 00200098000004********\n! failed"))
	f.Fuzz(func(t *testing.T, in []byte) {
		player, err := NewPlayer(bytes.NewReader(in))
		if err != nil {
			return
		}
		var again bytes.Buffer
		recorder := NewRecorder(player, &again)
		for _, e := range player.script {
			command, err := hex.DecodeString(strings.ReplaceAll(e.command, secret, "00"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := recorder.Transmit(t.Context(), command); errors.Is(err, ErrDeviation) {
				t.Fatalf("deviates from itself: %v", err)
			}
		}
		if player.Done() != nil {
			t.Fatal(player.Done())
		}
		second, err := NewPlayer(&again)
		if err != nil || len(second.script) != len(player.script) {
			t.Fatalf("%d exchanges became %v, %v", len(player.script), second, err)
		}
	})
}
