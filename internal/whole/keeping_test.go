package whole

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/kiosk"
	"madoguchi/mailbox"
	"madoguchi/pki/evidence"
	"madoguchi/pki/keyring"
	"madoguchi/wire"
	"madoguchi/world"
)

// TestKioskFollowsItsMailbox: a kiosk at work takes the next keyring, witnesses the ledger, says how it is, and is out of
// the city within seconds of being struck off; what it had handed in stands in a ledger that verifies whole.
func TestKioskFollowsItsMailbox(t *testing.T) {
	city := newCity(t).open()
	box, folder := city.path(world.MailboxDir), city.path(world.KioskDir)
	here := city.terminalHere()
	here.login(resident.File, resident.AuthPIN)
	here.fill(answers()).tick().next()
	here.at("nursery.sign", "secret").secret(resident.SignPIN)
	here.slip("received")
	if _, err := mailbox.Renew(box, time.Now()); err != nil {
		t.Fatal(err)
	}
	until(t, "the kiosk keeps the next keyring", func() bool {
		der, err := os.ReadFile(filepath.Join(folder, kiosk.KeyringFile))
		if err != nil {
			return false
		}
		k, err := keyring.Open(der, city.root(), time.Now(), 2)
		return err == nil && k.Version == 2
	})
	until(t, "its state says so", func() bool {
		said := city.said(world.KioskID)
		return said.Online && said.Keyring == 2 && said.Waiting == 0 && said.Clock == wire.ClockGood &&
			said.Ledger != nil && said.Ledger.Size == 1 && !said.Ledger.Forked && said.DiskFree > 0 && said.NotAfter != ""
	})
	here.leave()
	if _, err := mailbox.Strike(box, world.KioskID, "stolen"); err != nil {
		t.Fatal(err)
	}
	here.online(false)
	out := filepath.Join(t.TempDir(), "ledger")
	if err := mailbox.ExportLedger(box, out); err != nil {
		t.Fatal(err)
	}
	if report, err := evidence.VerifyLedger(out, city.root()); err != nil || report.Receipts != 1 {
		t.Errorf("%+v %v", report, err)
	}
}

// said is what a kiosk last said of itself to the mailbox.
func (c *city) said(id string) (s wire.Status) {
	c.t.Helper()
	all, err := mailbox.Kiosks(c.path(world.MailboxDir))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, k := range all {
		if k.ID == id && k.State != nil {
			if s, err = wire.ParseStatus(k.State); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	return s
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}
