package broker_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"madoguchi/mailbox/broker"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/issue"
	"madoguchi/pki/profile"
)

const wait = 10 * time.Second

// rig is a broker with a register and a root, as an operator would have them.
type rig struct {
	t         *testing.T
	root      *issue.CA
	store     *store.Store
	dir       string
	mailboxID string
	broker    *broker.Broker
	log       safeBuffer
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, root: newRoot(t), dir: t.TempDir(), mailboxID: clientID(t)}
	s, err := store.Open(t.Context(), filepath.Join(r.dir, "store.db"), make([]byte, store.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	r.store = s
	r.start()
	return r
}

func (r *rig) start() {
	r.t.Helper()
	b, err := broker.Start(broker.Config{
		Dir: filepath.Join(r.dir, "broker"), Listen: "127.0.0.1:0", Root: r.root.Cert, MailboxID: r.mailboxID,
		Certificate: r.pair(profile.Broker, issue.Request{Subject: pkix.Name{CommonName: "127.0.0.1"}, IPs: []net.IP{net.IPv4(127, 0, 0, 1)}}),
		Lookup:      func(ctx context.Context, id string) (registry.Kiosk, error) { return registry.Lookup(ctx, r.store, id) },
		Log:         slog.New(slog.NewJSONHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.broker = b
	r.t.Cleanup(b.Close)
}

func newRoot(t *testing.T) *issue.CA {
	t.Helper()
	key, err := issue.NewKey(profile.Root)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	root, err := issue.NewRoot(profile.Root, pkix.Name{CommonName: "root", Organization: []string{"test"}}, key, now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func clientID(t *testing.T) string {
	t.Helper()
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(raw)
}

// pair issues a certificate under the rig's root.
func (r *rig) pair(p *profile.Profile, req issue.Request) tls.Certificate {
	r.t.Helper()
	return pairUnder(r.t, r.root, p, req)
}

func pairUnder(t *testing.T, root *issue.CA, p *profile.Profile, req issue.Request) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	req.Public, req.From, req.To = key.Public(), time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	der, err := root.Issue(p, req)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: crypto.Signer(key)}
}

// device issues a kiosk's certificate; it is not enrolled.
func (r *rig) device(cn string) tls.Certificate {
	return r.pair(profile.Device, issue.Request{Subject: pkix.Name{CommonName: cn}})
}

// enrol issues and registers a kiosk.
func (r *rig) enrol(id string) (tls.Certificate, string) {
	r.t.Helper()
	cert, secret := r.device(id), clientID(r.t)
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		r.t.Fatal(err)
	}
	err = r.store.Update(r.t.Context(), func(tx *store.Tx) error {
		return registry.Add(tx, registry.Request{ID: id, Profile: "city-hall", Device: leaf.RawSubjectPublicKeyInfo, ClientID: secret, At: time.Now()})
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return cert, secret
}

type message struct{ topic, payload string }

// client is a real paho client over mutual TLS.
type client struct {
	mqtt.Client
	t    *testing.T
	got  chan message
	lost chan struct{}
}

func (r *rig) client(id string, certs ...tls.Certificate) *client {
	return r.clientWith(id, &tls.Config{Certificates: certs})
}

func (r *rig) clientWith(id string, c *tls.Config) *client {
	roots := x509.NewCertPool()
	roots.AddCert(r.root.Cert)
	c.RootCAs = roots
	cl := &client{t: r.t, got: make(chan message, 100), lost: make(chan struct{})}
	o := mqtt.NewClientOptions().AddBroker("tls://" + r.broker.Addr()).SetClientID(id).SetTLSConfig(c).
		SetProtocolVersion(4).SetCleanSession(false).SetAutoReconnect(false).SetOrderMatters(false).SetConnectTimeout(wait).
		SetConnectionLostHandler(func(mqtt.Client, error) { close(cl.lost) }).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { cl.got <- message{m.Topic(), string(m.Payload())} })
	cl.Client = mqtt.NewClient(o)
	r.t.Cleanup(func() { cl.Disconnect(0) })
	return cl
}

func (r *rig) mailbox() *client {
	r.t.Helper()
	c := r.client(r.mailboxID, r.pair(profile.Mailbox, issue.Request{Subject: pkix.Name{CommonName: "mailbox"}}))
	c.mustConnect()
	return c
}

func (c *client) connect() error {
	token := c.Connect()
	if !token.WaitTimeout(wait) {
		c.t.Fatal("connect: no answer")
	}
	return token.Error()
}

func (c *client) mustConnect() *client {
	c.t.Helper()
	if err := c.connect(); err != nil {
		c.t.Fatal(err)
	}
	return c
}

// granted reports whether a subscription was granted.
func (c *client) granted(filter string) bool {
	c.t.Helper()
	token, ok := c.Subscribe(filter, 1, nil).(*mqtt.SubscribeToken)
	if !ok || !token.WaitTimeout(wait) {
		c.t.Fatal("subscribe: no answer")
	}
	return token.Result()[filter] <= 2
}

func (c *client) send(topic, payload string) {
	c.t.Helper()
	if token := c.Publish(topic, 1, false, payload); !token.WaitTimeout(wait) || token.Error() != nil {
		c.t.Fatal("publish: ", token.Error())
	}
}

func (c *client) next() message {
	c.t.Helper()
	select {
	case m := <-c.got:
		return m
	case <-time.After(wait):
		c.t.Fatal("nothing came")
		return message{}
	}
}
