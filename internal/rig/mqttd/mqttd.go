// Package mqttd is a broker for tests: nats-server with MQTT on loopback, without TLS. Its storage outlives Stop.
//
// Error model: what should work and does not fails the test.
package mqttd

import (
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// MaxPayload is the broker's limit, in bytes.
const MaxPayload = 1 << 20

// Broker is a running broker.
type Broker struct {
	t    testing.TB
	opts server.Options
	s    *server.Server
}

// Start runs a broker with its files in dir until the test ends. with may change the options; nil: as they are.
func Start(t testing.TB, dir string, with func(*server.Options)) *Broker {
	t.Helper()
	b := &Broker{t: t, opts: server.Options{
		ServerName: "rig", DontListen: true, NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir, SyncAlways: true,
		MaxPayload: MaxPayload,
		// With nats-server's own AckWait of 30 s, what killed clients have not acknowledged fills MaxAckPending (1024
		// a subscription) and stalls their successors.
		MQTT: server.MQTTOpts{Host: "127.0.0.1", Port: -1, StreamReplicas: 1, AckWait: 2 * time.Second, MaxAckPending: 10000},
	}}
	if with != nil {
		with(&b.opts)
	}
	b.Restart()
	t.Cleanup(b.Stop)
	return b
}

// Addr returns host:port; it stays over a restart.
func (b *Broker) Addr() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(b.opts.MQTT.Port))
}

// URL returns Addr as the link takes it.
func (b *Broker) URL() string { return "tcp://" + b.Addr() }

// Restart runs the broker again after Stop, on the same port.
func (b *Broker) Restart() {
	b.t.Helper()
	if b.opts.MQTT.Port == -1 {
		b.opts.MQTT.Port = freePort(b.t)
	}
	opts := b.opts
	s, err := server.NewServer(&opts)
	if err != nil {
		b.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		b.t.Fatal("the broker does not start")
	}
	b.s = s
}

// Stop ends the broker; what it has stored stays.
func (b *Broker) Stop() {
	b.s.Shutdown()
	b.s.WaitForShutdown()
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // of a TCP listener
}
