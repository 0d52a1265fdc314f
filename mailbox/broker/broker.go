// Package broker runs the mailbox's embedded MQTT broker (nats-server): one listener, MQTT 3.1.1 over mutual TLS
// 1.3, every message synced to disk before it is acknowledged. It knows who may connect and on which topics; what
// is said there is none of its business. Nothing rests on it: a submission is done when the mailbox's signed
// receipt has come back.
//
// Error model: Start fails with what nats-server or the configuration says. A client that may not connect is
// refused with CONNACK 5 and a log line naming the reason, never the client id, which is a secret.
package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"madoguchi/mailbox/registry"
	"madoguchi/wire"
)

// MaxPayload is the largest MQTT payload in bytes. nats-server ends the connection above it, so it lies well above
// the largest envelope that a kiosk may make.
const MaxPayload = wire.MaxSealed + 64<<10

const (
	readyTimeout = 20 * time.Second
	maxStore     = 8 << 30 // bytes of messages on disk

	// ackWait is until an unacknowledged message is sent again, and a new connection does not shorten it: whoever
	// was killed with messages in hand waits this long for them. nats-server's 30 s would be felt by a person at the
	// screen. Below it must stay what a sound end needs: a commit and its queue (inFlight submissions are half a
	// second's work for the mailbox), or a slow line's round trip with a window of receipts before it. A repetition
	// that comes too early costs bytes and nothing else, because an end that is still at it drops it (wire/link).
	ackWait = 5 * time.Second
	// inFlight is how many messages a subscription may leave unacknowledged. It bounds what the mailbox holds in
	// memory (512 of the largest are 288 MiB; of the usual ones 10 MiB), and is four transactions of the intake, so
	// that it never waits for the broker. Messages that a killed session had in hand count until ackWait has passed:
	// should they fill it, nothing new comes for that long, and no longer, however many sessions died.
	inFlight = 512
)

// Config is what a broker needs.
type Config struct {
	Dir         string                                                       // for its messages and sessions
	Listen      string                                                       // host:port; port 0 is chosen
	Certificate tls.Certificate                                              // of profile.Broker
	Root        *x509.Certificate                                            // issues every client certificate
	MailboxID   string                                                       // the mailbox's own MQTT client id
	Lookup      func(ctx context.Context, id string) (registry.Kiosk, error) // the register
	Now         func() time.Time                                             // nil: time.Now
	Log         *slog.Logger                                                 // nil: slog.Default
	MaxStore    int64                                                        // bytes of messages on disk; 0: 8 GiB
}

// Broker is a running broker.
type Broker struct {
	config Config
	srv    *server.Server
	addr   string
	admit  atomic.Bool // kiosks may connect
	once   sync.Once
}

// Start starts the broker. Only the mailbox's own client may connect until Admit.
func Start(c Config) (*Broker, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.MaxStore == 0 {
		c.MaxStore = maxStore
	}
	b := &Broker{config: c}
	opts, err := b.options()
	if err != nil {
		return nil, err
	}
	if b.srv, err = server.NewServer(opts); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	l := &logger{log: c.Log}
	b.srv.SetLoggerV2(l, false, false, false)
	b.srv.Start()
	if err := b.await(l); err != nil {
		b.Close()
		return nil, err
	}
	b.addr = net.JoinHostPort(opts.MQTT.Host, strconv.Itoa(opts.MQTT.Port))
	return b, nil
}

// await waits for the listener. nats-server says on its log alone that it could not open it.
func (b *Broker) await(l *logger) error {
	for end := time.Now().Add(readyTimeout); time.Now().Before(end); {
		if b.srv.ReadyForConnections(100 * time.Millisecond) {
			return nil
		}
		if err := l.fatal(); err != nil {
			return err
		}
	}
	return errors.New("broker: did not start in time")
}

// Addr is host:port of the listener.
func (b *Broker) Addr() string { return b.addr }

// Admit lets kiosks connect: to be called when the mailbox's subscription stands. Before that a broker would
// acknowledge what nobody will ever get.
func (b *Broker) Admit() { b.admit.Store(true) }

// Disconnect ends every connection of a kiosk and returns how many there were. Whether it may come back is the
// register's word.
func (b *Broker) Disconnect(kiosk string) (int, error) {
	found, err := b.srv.Connz(&server.ConnzOptions{Username: true, User: userOf(kiosk), State: server.ConnOpen})
	if err != nil {
		return 0, fmt.Errorf("broker: %w", err)
	}
	n := 0
	for _, c := range found.Conns {
		if b.srv.DisconnectClientByID(c.Cid) == nil {
			n++
		}
	}
	return n, nil
}

// Close stops the broker and waits for it.
func (b *Broker) Close() {
	b.once.Do(func() {
		b.srv.Shutdown()
		b.srv.WaitForShutdown()
	})
}

func (b *Broker) options() (*server.Options, error) {
	host, portText, err := net.SplitHostPort(b.config.Listen)
	if err != nil {
		return nil, fmt.Errorf("broker: listen: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		return nil, errors.New("broker: listen: port")
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	roots := x509.NewCertPool()
	roots.AddCert(b.config.Root)
	opts := &server.Options{
		ServerName: "mailbox",
		DontListen: true, // no NATS listener; HTTPPort, Cluster, LeafNode and Websocket stay unset
		NoSigs:     true,
		MaxPayload: MaxPayload,

		JetStream:          true,
		StoreDir:           b.config.Dir,
		SyncAlways:         true, // the default syncs every two minutes
		JetStreamMaxMemory: 64 << 20,
		JetStreamMaxStore:  b.config.MaxStore,

		CustomClientAuthentication: b,
		MQTT: server.MQTTOpts{
			Host:           host,
			Port:           port,
			StreamReplicas: 1, // the default is fixed by whoever connects first
			AckWait:        ackWait,
			MaxAckPending:  inFlight,
			AuthTimeout:    10,
			TLSTimeout:     10,
			TLSConfig: &tls.Config{
				MinVersion:   tls.VersionTLS13,
				Certificates: []tls.Certificate{b.config.Certificate},
				ClientAuth:   tls.RequireAndVerifyClientCert,
				ClientCAs:    roots,
			},
		},
	}
	if err := opts.ProcessConfigString(noQoS2); err != nil {
		return nil, fmt.Errorf("broker: %w", err)
	}
	return opts, nil
}

// noQoS2 is an option without a Go name: nobody may publish with QoS 2. nats-server stores such a message, on
// whatever topic, until its sender releases it, and asks only then whether it may be published.
const noQoS2 = "mqtt { reject_qos2_publish: true }"
