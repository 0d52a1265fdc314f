package wire

import (
	"fmt"
	"regexp"
	"strings"

	"madoguchi/internal/check"
)

var kioskID = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// CheckKiosk reports whether a kiosk id matches [a-z0-9-]{1,32}: anything else could be a wildcard or another
// topic level, and a broker would grant it its neighbours' topics.
func CheckKiosk(id string) error {
	if !kioskID.MatchString(id) && !check.Off(check.KioskID) {
		return fmt.Errorf("%w: kiosk id", ErrFormat)
	}
	return nil
}

// UpSubmission is where a kiosk publishes its envelopes (MQTT 3.1.1; up is kiosk to mailbox).
func UpSubmission(kiosk string) string { return "kiosk/" + kiosk + "/up/submission" }

// UpCall is where a kiosk publishes its calls, at QoS 0: whom nobody answers asks again.
func UpCall(kiosk string) string { return "kiosk/" + kiosk + "/up/call" }

// DownAnswer is where answers come to a kiosk, at QoS 0: a broker keeps none.
func DownAnswer(kiosk string) string { return "kiosk/" + kiosk + "/down/answer" }

// DownReceipt is where receipts and refusals come to a kiosk.
func DownReceipt(kiosk string) string { return "kiosk/" + kiosk + "/down/receipt" }

// DownFilter is what a kiosk subscribes.
func DownFilter(kiosk string) string { return "kiosk/" + kiosk + "/down/#" }

// UpConsistency is where a kiosk demands a proof about the ledger, and DownConsistency where the answer comes.
func UpConsistency(kiosk string) string { return "kiosk/" + kiosk + "/up/consistency" }

// DownConsistency is where the answers to UpConsistency come.
func DownConsistency(kiosk string) string { return "kiosk/" + kiosk + "/down/consistency" }

// What the mailbox publishes for every kiosk, retained.
const (
	CataloguePrefix  = "catalogue/"
	CatalogueFilter  = "catalogue/#"
	CatalogueKeyring = "catalogue/keyring" // the CMS of pki/keyring
	CatalogueResend  = "catalogue/resend"  // the CMS of pki/receipt, Resend
)

// The channels of ChannelOf that the mailbox listens to.
const (
	ChannelSubmission  = "up/submission"
	ChannelConsistency = "up/consistency"
	ChannelCall        = "up/call"
	ChannelState       = "state"
)

// KioskState is the retained state (and last will) of a kiosk.
func KioskState(kiosk string) string { return "kiosk/" + kiosk + "/state" }

// The mailbox's filters.
const (
	UpFilter          = "kiosk/+/up/submission"
	ConsistencyFilter = "kiosk/+/up/consistency"
	CallFilter        = "kiosk/+/up/call"
	StateFilter       = "kiosk/+/state"
)

// ChannelOf splits a topic of a kiosk into its id and what follows: "up/submission", "state".
func ChannelOf(topic string) (kiosk, channel string, err error) {
	kiosk, err = KioskOf(topic)
	return kiosk, strings.TrimPrefix(topic, "kiosk/"+kiosk+"/"), err
}

// KioskOf returns the kiosk that a topic belongs to.
func KioskOf(topic string) (string, error) {
	level := strings.Split(topic, "/")
	if len(level) < 3 || level[0] != "kiosk" {
		return "", fmt.Errorf("%w: topic", ErrFormat)
	}
	return level[1], CheckKiosk(level[1])
}
