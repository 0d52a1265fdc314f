package whole

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"madoguchi/mailbox"
	"madoguchi/pki/evidence"
	"madoguchi/wire"
	"madoguchi/world"
)

// TestTheWholeWay goes from a card to a verified receipt, then out again as evidence.
func TestTheWholeWay(t *testing.T) {
	city := newCity(t).open()
	kiosk := city.terminalHere()

	kiosk.login(resident.File, resident.AuthPIN)
	kiosk.fill(answers())
	kiosk.tick()
	mark := kiosk.now.Screen.Mark
	kiosk.next()
	kiosk.at("nursery.sign", "secret")
	if s := kiosk.now.Screen.Secret; s.Tries != 5 || s.TriesOf != 5 || s.Shape != "alphanum-6-16" {
		t.Errorf("the password page says %+v", s)
	}
	kiosk.secret(strings.ToLower(resident.SignPIN)) // lower case is folded, not wrong
	slip := kiosk.slip("received").now.Screen.Slip
	if slip.Mark != mark || !wire.NumberOK(slip.Number) || slip.ReceivedAt == "" || slip.KeptAt == "" || slip.Words.Text == "" {
		t.Errorf("slip %+v, reviewed %s", slip, mark)
	}
	if !kiosk.now.Saved {
		t.Error("the slip does not say that it is saved")
	}
	kiosk.leave()

	checkEvidence(t, city, slip.Number)
}

// checkEvidence exports the only submission and has it judged by us, offline, and by openssl.
func checkEvidence(t *testing.T, city *city, number string) {
	t.Helper()
	received, err := mailbox.List(city.path(world.MailboxDir))
	if err != nil || len(received) != 1 {
		t.Fatalf("the mailbox holds %v, %v", received, err)
	}
	id := received[0].ID
	if wire.Number(id) != number {
		t.Errorf("the mailbox holds %s, the slip says %s", wire.Number(id), number)
	}
	out := filepath.Join(t.TempDir(), "export")
	if err := mailbox.Export(city.path(world.MailboxDir), id, out); err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.Verify(out, city.root()); err != nil {
		t.Errorf("evidence: %v", err)
	}
	manifest, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Mailbox, ID string }
	if err := json.Unmarshal(manifest, &m); err != nil || m.Mailbox != world.Mailbox || m.ID != id.String() {
		t.Errorf("manifest %+v, %v", m, err)
	}
	signed := filepath.Join(t.TempDir(), "signed.json")
	openssl(t, "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", filepath.Join(out, "submission.cms"),
		"-CAfile", anchorFile(t, city), "-purpose", "any", "-out", signed)
	if again, err := os.ReadFile(signed); err != nil || !bytes.Equal(again, manifest) {
		t.Errorf("openssl read another manifest (%v)", err)
	}
	openssl(t, "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", filepath.Join(out, "receipt.cms"),
		"-CAfile", city.rootFile(), "-purpose", "any", "-out", os.DevNull)
}

// TestWithoutALineItEndsKept: the network is down, the person leaves with a slip, the receipt comes by itself and is
// the first thing on the next visit.
func TestWithoutALineItEndsKept(t *testing.T) {
	city := newCity(t).open()
	kiosk := city.terminalHere()
	kiosk.online(true).network(false).online(false)

	kiosk.login(resident.File, resident.AuthPIN)
	kiosk.fill(answers()).tick().next()
	kiosk.at("nursery.sign", "secret").secret(resident.SignPIN)
	kept := kiosk.slip("waiting").now.Screen.Slip
	if kept.ReceivedAt != "" {
		t.Errorf("received at %s without a line", kept.ReceivedAt)
	}
	kiosk.leave()

	kiosk.network(true).online(true)
	kiosk.login(resident.File, resident.AuthPIN)
	kiosk.at("nursery.earlier", "takeaway")
	got := kiosk.slip("received").now.Screen.Slip
	if got.Number != kept.Number || got.Mark != kept.Mark || got.Words != kept.Words {
		t.Errorf("kept %+v, received %+v", kept, got)
	}
	kiosk.next()
	kiosk.at("nursery.input", "contents")
	checkEvidence(t, city, kept.Number)
}

// TestAnotherPersonIsNotTold: who comes next hears nothing of it, though it waits to be told; the owner does.
func TestAnotherPersonIsNotTold(t *testing.T) {
	city := newCity(t).open()
	kiosk := city.terminalHere()
	kiosk.online(true).network(false).online(false)
	kiosk.login(resident.File, resident.AuthPIN)
	kiosk.fill(answers()).tick().next()
	kiosk.at("nursery.sign", "secret").secret(resident.SignPIN)
	kiosk.slip("waiting")
	kiosk.leave()

	kiosk.login("taro", "4321")
	kiosk.until("what comes after the log-in", func(f frame) bool {
		return f.Step == "nursery.earlier" || f.Step == "nursery.input"
	})
	if kiosk.now.Step != "nursery.input" {
		t.Fatal("another person was shown it")
	}
	kiosk.stop()
	kiosk.login(resident.File, resident.AuthPIN).at("nursery.earlier", "takeaway")
}

// TestAForeignBrokerIsNotSpokenTo: a broker whose certificate is not under the pinned root gets nothing.
func TestAForeignBrokerIsNotSpokenTo(t *testing.T) {
	foreign := filepath.Join(t.TempDir(), "foreign")
	if err := world.Make(t.Context(), foreign, world.Options{Listen: listen, People: []world.Person{}}); err != nil {
		t.Fatal(err)
	}
	city := newCity(t)
	if err := os.RemoveAll(city.path(world.MailboxDir)); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(city.path(world.MailboxDir), os.DirFS(filepath.Join(foreign, world.MailboxDir))); err != nil {
		t.Fatal(err)
	}
	city.open()
	kiosk := city.terminalHere()
	kiosk.at("start", "menu")
	city.awaitLog("certificate signed by unknown authority")
	kiosk.network(false)
	if kiosk.now.Online {
		t.Error("the kiosk is online with a foreign broker")
	}
}

// TestWrongSecrets: what the card says is what the screen says, and a malformed one never reaches the card.
func TestWrongSecrets(t *testing.T) {
	city := newCity(t).open()
	kiosk := city.terminalHere()
	kiosk.login(resident.File, "12ab").refused("nursery.login", "C05")
	kiosk.secret(resident.SignPIN).refused("nursery.login", "C15")
	if kiosk.now.Screen.Secret.Tries != 3 {
		t.Errorf("%d tries left after malformed PINs", kiosk.now.Screen.Secret.Tries)
	}
	kiosk.secret("0000").refused("nursery.login", "C03")
	if kiosk.now.Screen.Secret.Tries != 2 {
		t.Errorf("%d tries left after one wrong PIN", kiosk.now.Screen.Secret.Tries)
	}
	kiosk.secret(resident.AuthPIN).at("nursery.input", "contents")
}

// TestTheDocumentIsAboutTheCardsPerson: an application in another's name is not signed.
func TestTheDocumentIsAboutTheCardsPerson(t *testing.T) {
	city := newCity(t).open()
	kiosk := city.terminalHere()
	kiosk.login("taro", "4321")
	kiosk.fill(answers()).tick().next()
	kiosk.at("nursery.sign", "secret").secret("TARO8888")
	kiosk.refused("nursery.confirm", "C12")
}

// TestAnotherCardDoesNotSign: who logged in signs.
func TestAnotherCardDoesNotSign(t *testing.T) {
	city := newCity(t).open()
	kiosk := city.terminalHere()
	kiosk.login(resident.File, resident.AuthPIN)
	kiosk.at("nursery.input", "contents").remove()
	kiosk.fill(answers()).tick().next()
	kiosk.at("nursery.sign", "card").insert("taro")
	kiosk.at("nursery.sign", "secret").secret("TARO8888")
	kiosk.refused("nursery.sign", "C08")
}

// anchorFile is the 署名用 CA as openssl wants it.
func anchorFile(t *testing.T, city *city) string {
	t.Helper()
	names, err := filepath.Glob(city.path(world.MailboxDir, mailbox.AnchorsDir, "*.pem"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no anchors: %v", err)
	}
	var all []byte
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, raw...)
	}
	file := filepath.Join(t.TempDir(), "anchors.pem")
	if err := os.WriteFile(file, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
