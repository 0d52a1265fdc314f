// Package link is the line between a kiosk or the mailbox and the broker: one persistent MQTT 3.1.1 session,
// QoS 1 both ways, kept up in the background. It is the only importer of paho.
//
// Error model: Start reports a configuration that can never work. After that the line heals itself; Publish returns
// ErrOffline while it is down and ErrLost when the connection ended before the broker's PUBACK. A nil from Publish
// says only that a broker acknowledged: several brokers acknowledge what they later lose or silently drop, so a
// message is done when the far end answers, never before. Nothing that a broker sends can panic the program.
//
// A connection is one paho client, thrown away when it ends: paho's own reconnection completes tokens without a
// PUBACK, sends from its store behind the caller's back, and says "connected" while it is not.
package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"time"

	"madoguchi/internal/event"
)

// ErrOffline reports that there is no connection now; nothing was sent.
var ErrOffline = errors.New("link: offline")

// ErrLost reports that the connection ended before the acknowledgement: the message may have arrived or not.
var ErrLost = errors.New("link: connection lost before the acknowledgement")

// ErrConfig reports a configuration that can never work.
var ErrConfig = errors.New("link: configuration")

// Will is the retained state of this client: Online is published at each connection, Offline by the broker when the
// connection breaks (the last will) or by Close.
type Will struct {
	Topic           string
	Online, Offline []byte
}

// Config says where to connect and what to do with what comes.
type Config struct {
	URL       string      // "tls://host:port"; "tcp://host:port" without TLS, for tests on loopback
	ClientID  string      // names the persistent session; whoever knows it can end that session, so it is a secret
	TLS       *tls.Config // nil only with tcp://; ServerName defaults to the host
	Subscribe []string    // filters, at QoS 1; one that is refused keeps the line from being online
	Live      []string    // filters at QoS 0: what comes while the line is down, or is not taken at once, is lost

	// Handle is called for each message, from many goroutines at once (as many as the broker leaves unacknowledged).
	// nil acknowledges it; call it after the commit. An error does not: Handle is called again with the same message
	// after a back-off, and after a reconnection the broker sends it again. Messages may repeat and change order.
	// ctx ends when the link closes.
	Handle func(ctx context.Context, topic string, payload []byte) error

	State      *Will                                                             // nil: none
	Dial       func(ctx context.Context, network, addr string) (net.Conn, error) // nil: net.Dialer
	MinBackoff time.Duration                                                     // ceiling of the first pause; 0: 500 ms
	MaxBackoff time.Duration                                                     // ceiling of every pause; 0: 1 min
	KeepAlive  time.Duration                                                     // whole seconds; 0: 30 s. A silent line is given up after at most twice that
	Log        *slog.Logger                                                      // nil: none
}

// Link is a line that is kept up until it is closed. It is safe for concurrent use.
type Link struct {
	c      Config
	addr   string
	cancel context.CancelFunc
	ctx    context.Context //nolint:containedctx // the lifetime of the background work
	ended  chan struct{}

	mu      sync.Mutex
	now     *connection // nil while offline
	changed chan struct{}
	ready   chan struct{}
	isReady bool
}

// Start checks the configuration and connects in the background; it returns at once. ctx ends the link like Close.
func Start(ctx context.Context, c Config) (*Link, error) {
	addr, err := c.complete()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &Link{
		c: c, addr: addr, ctx: ctx, cancel: cancel,
		ended: make(chan struct{}), changed: make(chan struct{}), ready: make(chan struct{}),
	}
	go l.run()
	return l, nil
}

// complete fills in the defaults and returns host:port.
func (c *Config) complete() (string, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Port() == "":
		return "", fmt.Errorf("%w: url needs scheme, host and port", ErrConfig)
	case u.Scheme != "tls" && u.Scheme != "tcp":
		return "", fmt.Errorf("%w: scheme %q", ErrConfig, u.Scheme)
	case (u.Scheme == "tls") != (c.TLS != nil):
		return "", fmt.Errorf("%w: tls:// and a TLS configuration belong together", ErrConfig)
	case c.ClientID == "":
		return "", fmt.Errorf("%w: a persistent session needs a client id", ErrConfig)
	case len(c.Subscribe)+len(c.Live) > 0 && c.Handle == nil:
		return "", fmt.Errorf("%w: subscriptions without Handle", ErrConfig)
	}
	if c.TLS != nil && c.TLS.ServerName == "" {
		c.TLS = c.TLS.Clone()
		c.TLS.ServerName = u.Hostname()
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
	c.MinBackoff, c.MaxBackoff = or(c.MinBackoff, 500*time.Millisecond), or(c.MaxBackoff, time.Minute)
	c.KeepAlive = or(c.KeepAlive, 30*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return u.Host, nil
}

func or(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// run connects, waits for the end of the connection, and connects again.
func (l *Link) run() {
	defer close(l.ended)
	pause := backoff{min: l.c.MinBackoff, max: l.c.MaxBackoff}
	for l.ctx.Err() == nil {
		began := time.Now()
		conn, err := l.connect()
		if err != nil {
			event.LineDown.Log(l.c.Log, "err", err)
		} else {
			l.online(conn)
			event.LineUp.Log(l.c.Log)
			err = conn.wait(l.ctx)
			l.offline()
			conn.close(l.ctx.Err() != nil)
			event.LineEnded.Log(l.c.Log, "err", err)
		}
		if time.Since(began) > pause.ceiling() {
			pause.reset()
		}
		pause.wait(l.ctx.Done())
	}
}

func (l *Link) online(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = c
	if !l.isReady {
		l.isReady = true
		close(l.ready)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Link) offline() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = nil
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Link) connection() *connection {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == nil || !l.now.open() {
		return nil
	}
	return l.now
}

// Publish sends at QoS 1 and waits for the PUBACK, the end of the connection (ErrLost) or of ctx. A nil error proves
// nothing about the far end. A payload over the broker's limit ends the connection: ErrLost.
func (l *Link) Publish(ctx context.Context, topic string, payload []byte) error {
	c := l.connection()
	if c == nil {
		return ErrOffline
	}
	return c.publish(ctx, topic, payload, 1, false)
}

// Send sends at QoS 0: nil says that it has left here and nothing more, and no broker keeps it for anybody.
func (l *Link) Send(ctx context.Context, topic string, payload []byte) error {
	c := l.connection()
	if c == nil {
		return ErrOffline
	}
	return c.publish(ctx, topic, payload, 0, false)
}

// Retain is Publish of a message that the broker keeps and gives to every later subscriber, in the place of the one
// before on this topic.
func (l *Link) Retain(ctx context.Context, topic string, payload []byte) error {
	c := l.connection()
	if c == nil {
		return ErrOffline
	}
	return c.publish(ctx, topic, payload, 1, true)
}

// Online reports whether a connection stands and all its subscriptions were granted.
func (l *Link) Online() bool { return l.connection() != nil }

// Ready is closed when the line has been online for the first time: from then on the broker keeps for this session
// what it subscribes.
func (l *Link) Ready() <-chan struct{} { return l.ready }

// Changed is closed when Online changes next.
func (l *Link) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// Close says Offline, disconnects, waits for running handlers and returns. The session stays at the broker. It must
// not be called from Handle.
func (l *Link) Close() error {
	l.cancel()
	<-l.ended
	return nil
}
