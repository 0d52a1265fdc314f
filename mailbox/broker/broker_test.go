package broker_test

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"madoguchi/mailbox/broker"
	"madoguchi/pki/issue"
	"madoguchi/pki/profile"
	"madoguchi/wire"
)

func TestBothWays(t *testing.T) {
	r := newRig(t)
	m := r.mailbox()
	if !m.granted(wire.UpFilter) || !m.granted(wire.StateFilter) {
		t.Fatal("the mailbox's own filters were refused")
	}
	r.broker.Admit()
	cert, id := r.enrol("k1")
	k := r.client(id, cert).mustConnect()
	if !k.granted(wire.DownFilter("k1")) || !k.granted("catalogue/#") {
		t.Fatal("the kiosk's own filters were refused")
	}
	large := strings.Repeat("x", wire.MaxSealed)
	k.send(wire.UpSubmission("k1"), large)
	if got := m.next(); got.topic != wire.UpSubmission("k1") || got.payload != large {
		t.Error(got.topic, len(got.payload))
	}
	k.send(wire.KioskState("k1"), "on")
	if got := m.next(); got != (message{wire.KioskState("k1"), "on"}) {
		t.Error(got)
	}
	m.send(wire.DownReceipt("k1"), "receipt")
	if got := k.next(); got != (message{wire.DownReceipt("k1"), "receipt"}) {
		t.Error(got)
	}
}

func TestForeignKiosksTopics(t *testing.T) {
	r := newRig(t)
	m := r.mailbox()
	m.granted(wire.UpFilter)
	r.broker.Admit()
	cert, id := r.enrol("k2")
	k := r.client(id, cert).mustConnect()
	for _, filter := range []string{
		wire.DownFilter("k1"), wire.DownReceipt("k1"), "kiosk/+/down/#", "kiosk/#", "#", "+/k1/#", wire.UpSubmission("k2"), "$MQTT/#", "kiosk/k2/#",
	} {
		if k.granted(filter) {
			t.Errorf("filter %s was granted", filter)
		}
	}
	for _, topic := range []string{wire.UpSubmission("k1"), "kiosk/k22/up/submission", "kiosk/k2/down/receipt", "catalogue/index"} {
		k.send(topic, "forged") // acknowledged (MQTT 3.1.1 has no other answer) and dropped
	}
	k.send(wire.UpSubmission("k2"), "own")
	if got := m.next(); got.payload != "own" {
		t.Errorf("arrived: %s on %s", got.payload, got.topic)
	}
}

func TestForeignClientID(t *testing.T) {
	r := newRig(t)
	r.broker.Admit()
	cert1, id1 := r.enrol("k1")
	cert2, id2 := r.enrol("k2")
	owner := r.client(id1, cert1).mustConnect()
	for name, id := range map[string]string{"another kiosk's": id1, "the mailbox's": r.mailboxID, "a new one": clientID(t), "none": "", "quoted": `x" - "` + id2} {
		if err := r.client(id, cert2).connect(); err == nil {
			t.Errorf("%s client id was accepted", name)
		}
	}
	select {
	case <-owner.lost:
		t.Error("the owner of the client id lost its session")
	default:
	}
	owner.send(wire.KioskState("k1"), "still here")
	r.client(id2, cert2).mustConnect()
	for _, secret := range []string{id1, id2, r.mailboxID} {
		if strings.Contains(r.log.String(), secret) {
			t.Error("a client id stands in the log")
		}
	}
}

func TestWrongCertificates(t *testing.T) {
	r := newRig(t)
	r.broker.Admit()
	cert, id := r.enrol("k1")
	other := newRoot(t)
	device := issue.Request{Subject: pkix.Name{CommonName: "k1"}}
	for name, c := range map[string]*client{
		"no certificate":            r.client(id),
		"another root":              r.client(id, pairUnder(t, other, profile.Device, device)),
		"same name, another key":    r.client(id, r.device("k1")),
		"not enrolled":              r.client(id, r.device("k9")),
		"device named mailbox":      r.client(r.mailboxID, r.device("mailbox")),
		"receipt signer":            r.client(id, r.pair(profile.Receipt, device)),
		"keyring signer":            r.client(id, r.pair(profile.Keyring, device)),
		"broker":                    r.client(id, r.pair(profile.Broker, issue.Request{Subject: device.Subject, IPs: []net.IP{net.IPv4(127, 0, 0, 1)}})),
		"mailbox with a kiosk's id": r.client(id, r.pair(profile.Mailbox, issue.Request{Subject: pkix.Name{CommonName: "mailbox"}})),
		"TLS 1.2":                   r.clientWith(id, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS12}),
	} {
		if err := c.connect(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	r.client(id, cert).mustConnect()
}

func TestNoKioskBeforeTheMailbox(t *testing.T) {
	r := newRig(t)
	cert, id := r.enrol("k1")
	if err := r.client(id, cert).connect(); err == nil {
		t.Fatal("a kiosk came in before the mailbox listens")
	}
	r.mailbox()
	r.broker.Admit()
	r.client(id, cert).mustConnect()
}

func TestKeepsWhatItAcknowledgedOverARestart(t *testing.T) {
	r := newRig(t)
	m := r.mailbox()
	m.granted(wire.UpFilter)
	m.Disconnect(100)
	r.broker.Admit()
	cert, id := r.enrol("k1")
	r.client(id, cert).mustConnect().send(wire.UpSubmission("k1"), "kept")
	r.broker.Close()
	r.start()
	if got := r.mailbox().next(); got.payload != "kept" {
		t.Error(got)
	}
}

func TestPortInUse(t *testing.T) {
	r := newRig(t)
	begun := time.Now()
	_, err := broker.Start(broker.Config{
		Dir: t.TempDir(), Listen: r.broker.Addr(), Root: r.root.Cert, MailboxID: r.mailboxID,
		Certificate: r.pair(profile.Broker, issue.Request{Subject: pkix.Name{CommonName: "127.0.0.1"}, IPs: []net.IP{net.IPv4(127, 0, 0, 1)}}),
	})
	if err == nil || time.Since(begun) > wait {
		t.Fatal(err, time.Since(begun))
	}
}

func TestBadListen(t *testing.T) {
	for _, listen := range []string{"", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000"} {
		if _, err := broker.Start(broker.Config{Dir: t.TempDir(), Listen: listen}); err == nil {
			t.Errorf("%q: no error", listen)
		}
	}
}

func TestOneListenerOnly(t *testing.T) {
	srv := newRig(t).broker.Server()
	if srv.Addr() != nil || srv.MonitorAddr() != nil || srv.ProfilerAddr() != nil || srv.ClusterAddr() != nil {
		t.Error("another listener than MQTT's")
	}
	if v, err := srv.Varz(nil); err != nil || v.Websocket.Port != 0 || v.LeafNode.Port != 0 || v.Gateway.Port != 0 || v.HTTPPort != 0 {
		t.Error("another port than MQTT's", err)
	}
	if !srv.JetStreamConfig().SyncAlways {
		t.Error("messages are acknowledged before they are on disk")
	}
}

// A kiosk, however it publishes, can make the broker keep four messages and no more: what it was allowed to invent
// topics for stayed in the store for ever and ended the mailbox.
func TestInventedTopicsFillNothing(t *testing.T) {
	r := newRig(t)
	r.mailbox().granted(wire.UpFilter)
	r.broker.Admit()
	cert, id := r.enrol("k1")
	k := r.client(id, cert).mustConnect()
	retain := func(topic string) {
		if token := k.Publish(topic, 1, true, "x"); !token.WaitTimeout(wait) || token.Error() != nil {
			t.Fatal("publish: ", token.Error())
		}
	}
	for n := range 20 {
		for _, topic := range []string{"kiosk/k1/up/", "kiosk/k1/up/submission/", "kiosk/k1/state/", "kiosk/k1/", "invented/"} {
			retain(topic + strconv.Itoa(n))
		}
		retain("kiosk/k1/up")
		retain(wire.UpSubmission("k1"))
		retain(wire.UpCall("k1"))
		retain(wire.UpConsistency("k1"))
		retain(wire.KioskState("k1"))
	}
	if n := r.kept("$MQTT_rmsgs"); n != 4 {
		t.Errorf("%d retained messages", n)
	}
	for _, topic := range []string{"kiosk/k1/up/invented", wire.UpSubmission("k1")} { // kept until released, whatever the topic
		k.Publish(topic, 2, false, "x")
		select {
		case <-k.lost:
		case <-time.After(wait):
			t.Fatal("QoS 2 is taken")
		}
		k = r.client(id, cert).mustConnect()
	}
	if n := r.kept("$MQTT_qos2in"); n != 0 {
		t.Errorf("%d messages of QoS 2", n)
	}
}

// A call and its answer go both ways at QoS 0, and the broker keeps neither: not for a mailbox that is away, nor for a
// kiosk that does not take its answers, however the call was published.
func TestCallsAreKeptForNobody(t *testing.T) {
	r := newRig(t)
	m := r.mailbox()
	live := func(c *client, topic, payload string) {
		t.Helper()
		if token := c.Publish(topic, 0, false, payload); !token.WaitTimeout(wait) || token.Error() != nil {
			t.Fatal("publish: ", token.Error())
		}
	}
	if token := m.Subscribe(wire.CallFilter, 0, nil); !token.WaitTimeout(wait) || token.Error() != nil {
		t.Fatal("subscribe: ", token.Error())
	}
	r.broker.Admit()
	cert, id := r.enrol("k1")
	k := r.client(id, cert).mustConnect()
	if !k.granted(wire.DownFilter("k1")) {
		t.Fatal("the kiosk's own filter was refused")
	}
	live(k, wire.UpCall("k1"), "call")
	if got := m.next(); got != (message{wire.UpCall("k1"), "call"}) {
		t.Error(got)
	}
	live(m, wire.DownAnswer("k1"), "answer")
	if got := k.next(); got != (message{wire.DownAnswer("k1"), "answer"}) {
		t.Error(got)
	}
	k.Disconnect(100)
	live(m, wire.DownAnswer("k1"), "answer to nobody")
	m.Disconnect(100)
	k = r.client(id, cert).mustConnect()
	live(k, wire.UpCall("k1"), "to nobody")
	k.send(wire.UpCall("k1"), "to nobody at QoS 1")
	if n := r.kept("$MQTT_msgs"); n != 0 {
		t.Errorf("%d messages are kept", n)
	}
	k.send(wire.UpSubmission("k1"), "own")
	select {
	case got := <-k.got:
		t.Error("kept for the kiosk: ", got)
	default:
	}
}

func TestForeignCallsAndAnswersAreNotHeard(t *testing.T) {
	r := newRig(t)
	m := r.mailbox()
	m.granted(wire.CallFilter)
	r.broker.Admit()
	cert, id := r.enrol("k2")
	k := r.client(id, cert).mustConnect()
	for _, filter := range []string{wire.UpCall("k2"), wire.UpCall("k1"), wire.CallFilter, wire.DownAnswer("k1"), "kiosk/+/down/answer"} {
		if k.granted(filter) {
			t.Errorf("filter %s was granted", filter)
		}
	}
	for _, topic := range []string{wire.UpCall("k1"), wire.DownAnswer("k1"), wire.DownAnswer("k2"), "kiosk/k2/up/call/x"} {
		k.send(topic, "forged")
	}
	k.send(wire.UpCall("k2"), "own")
	if got := m.next(); got.payload != "own" {
		t.Errorf("arrived: %s on %s", got.payload, got.topic)
	}
}

// kept is how many messages a stream of the broker's holds.
func (r *rig) kept(stream string) uint64 {
	r.t.Helper()
	js, err := r.broker.Server().Jsz(&server.JSzOptions{Accounts: true, Streams: true})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, a := range js.AccountDetails {
		for _, s := range a.Streams {
			if s.Name == stream {
				return s.State.Msgs
			}
		}
	}
	r.t.Fatal("no stream ", stream)
	return 0
}
