package whole

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"filippo.io/age"

	"madoguchi/mailbox"
	"madoguchi/wire"
	"madoguchi/world"
)

// TestRestoredMailboxGetsBackWhatItLost: the mailbox loses its database after it has given a receipt. Restored from the
// backup of its keys, it asks, and the kiosk sends what it has kept behind the receipt.
func TestRestoredMailboxGetsBackWhatItLost(t *testing.T) {
	city := newCity(t)
	box := city.path(world.MailboxDir)
	id, err := age.GenerateHybridIdentity()
	must(t, err)
	file, err := mailbox.MakeBackup(box, []string{id.Recipient().String()})
	must(t, err)
	sealed, err := os.ReadFile(file)
	must(t, err)
	city.open()
	here := city.terminalHere()
	here.login(resident.File, resident.AuthPIN)
	here.fill(answers()).tick().next()
	here.at("nursery.sign", "secret").secret(resident.SignPIN)
	number := here.slip("received").now.Screen.Slip.Number
	here.leave()
	city.stop()
	here.online(false)

	must(t, os.RemoveAll(box))
	must(t, mailbox.Restore(box, bytes.NewReader(sealed), strings.NewReader(id.String()), ""))
	city.open()
	defer func() {
		if t.Failed() {
			raw, _ := os.ReadFile(city.path("kiosk.log"))
			t.Logf("%s\n%s", raw, city.logs.Bytes())
		}
	}()
	until(t, "the restored mailbox has it again", func() bool {
		all, err := mailbox.List(box)
		must(t, err)
		return len(all) == 1 && wire.Number(all[0].ID) == number
	})
	until(t, "the kiosk has its new receipt", func() bool { return city.said(world.KioskID).Waiting == 0 })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
