package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"madoguchi/internal/event"
)

const (
	connectTimeout = 15 * time.Second // TCP, TLS, CONNACK; and again SUBACK
	writeTimeout   = 30 * time.Second // of one write
	partingTimeout = time.Second      // to say Offline and DISCONNECT
	refused        = 0x80             // SUBACK return code (MQTT 3.1.1 §3.9.3)
)

// connection is one paho client from CONNECT to its end.
type connection struct {
	link   *Link
	client mqtt.Client
	raw    net.Conn      // set by dial
	gone   chan struct{} // closed when the connection has ended
	once   sync.Once
	cause  error // set before gone is closed
	wg     sync.WaitGroup

	mu   sync.Mutex
	busy map[uint16]bool // message ids in Handle: a broker repeats what is not acknowledged in time
}

// connect returns a connection whose subscriptions are granted and whose state is published.
func (l *Link) connect() (*connection, error) {
	c := &connection{link: l, gone: make(chan struct{}), busy: map[uint16]bool{}}
	c.client = mqtt.NewClient(c.options())
	if err := c.await(c.client.Connect(), "connect"); err != nil {
		c.close(false)
		return nil, err
	}
	if err := c.greet(); err != nil {
		c.close(false)
		return nil, err
	}
	return c, nil
}

func (c *connection) options() *mqtt.ClientOptions {
	cfg := c.link.c
	o := mqtt.NewClientOptions()
	o.AddBroker("tcp://" + c.link.addr) // only a name: dial connects
	o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return c.dial() })
	o.SetClientID(cfg.ClientID)
	o.SetCleanSession(false)
	o.SetProtocolVersion(4)    // else every failed CONNECT is tried again as MQTT 3.1
	o.SetOrderMatters(false)   // else one slow handler holds up the pings
	o.SetAutoAckDisabled(true) // acknowledged after the commit
	o.SetAutoReconnect(false)
	o.SetConnectRetry(false)
	o.SetKeepAlive(cfg.KeepAlive)
	o.SetPingTimeout(cfg.KeepAlive)
	o.SetConnectTimeout(connectTimeout)
	o.SetWriteTimeout(writeTimeout)
	o.SetDefaultPublishHandler(c.receive) // before CONNECT: a kept session sends at once
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { c.end(err) })
	if s := cfg.State; s != nil {
		o.SetBinaryWill(s.Topic, s.Offline, 1, true)
	}
	return o
}

// dial dials, shakes hands and puts the guard in front of paho's parser.
func (c *connection) dial() (net.Conn, error) {
	ctx, cancel := context.WithTimeout(c.link.ctx, connectTimeout)
	defer cancel()
	cfg := c.link.c
	raw, err := cfg.Dial(ctx, "tcp", c.link.addr)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	if cfg.TLS != nil {
		secure := tls.Client(raw, cfg.TLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = raw.Close()
			return nil, fmt.Errorf("tls: %w", err)
		}
		raw = secure
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = raw
	return newGuard(raw, len(cfg.Subscribe)+len(cfg.Live)), nil
}

// greet subscribes and says Online.
func (c *connection) greet() error {
	cfg := c.link.c
	if filters := cfg.filters(); len(filters) > 0 {
		token := c.client.SubscribeMultiple(filters, nil)
		if err := c.await(token, "subscribe"); err != nil {
			return err
		}
		for f, code := range token.(*mqtt.SubscribeToken).Result() { //nolint:forcetypeassert // paho's own type
			if code == refused {
				return fmt.Errorf("link: the broker refused the subscription %s", f)
			}
		}
	}
	if cfg.State == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.link.ctx, connectTimeout)
	defer cancel()
	return c.publish(ctx, cfg.State.Topic, cfg.State.Online, 1, true)
}

func (c *Config) filters() map[string]byte {
	filters := make(map[string]byte, len(c.Subscribe)+len(c.Live))
	for _, f := range c.Subscribe {
		filters[f] = 1
	}
	for _, f := range c.Live {
		filters[f] = 0
	}
	return filters
}

func (c *connection) await(t mqtt.Token, what string) error {
	timer := time.NewTimer(connectTimeout)
	defer timer.Stop()
	select {
	case <-t.Done():
		if err := t.Error(); err != nil {
			return fmt.Errorf("link: %s: %w", what, err)
		}
		return nil
	case <-c.gone:
		return fmt.Errorf("link: %s: %w", what, c.cause)
	case <-c.link.ctx.Done():
		return fmt.Errorf("link: %s: %w", what, c.link.ctx.Err())
	case <-timer.C:
		return fmt.Errorf("link: %s: no answer", what)
	}
}

func (c *connection) publish(ctx context.Context, topic string, payload []byte, qos byte, retained bool) error {
	sent := make(chan mqtt.Token, 1)
	// paho's Publish can block for the write timeout when the connection ends under it.
	go func() { sent <- c.client.Publish(topic, qos, retained, payload) }()
	var acknowledged <-chan struct{}
	var token mqtt.Token
	for {
		select {
		case token = <-sent:
			acknowledged = token.Done()
		case <-acknowledged:
			if err := token.Error(); err != nil {
				return fmt.Errorf("%w: %w", ErrLost, err)
			}
			return nil
		case <-c.gone:
			return ErrLost
		case <-ctx.Done():
			return fmt.Errorf("link: publish: %w", ctx.Err())
		}
	}
}

// receive calls Handle until it succeeds, then acknowledges; paho calls it on a goroutine of its own.
func (c *connection) receive(_ mqtt.Client, m mqtt.Message) {
	if !c.enter(m.MessageID()) {
		return
	}
	defer c.wg.Done()
	cfg := c.link.c
	pause := backoff{min: cfg.MinBackoff, max: cfg.MaxBackoff}
	for {
		err := cfg.handle(c.link.ctx, m.Topic(), m.Payload())
		if err == nil {
			c.leave(m.MessageID()) // first: the broker may use the id again as soon as it is acknowledged
			m.Ack()
			return
		}
		event.MessageAgain.Log(cfg.Log, "err", err)
		if !pause.wait(c.gone) {
			return
		}
	}
}

// handle makes a panicking handler an error: the message stays unacknowledged.
func (c *Config) handle(ctx context.Context, topic string, payload []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("link: handler panicked") // the value may hold what the message held
		}
	}()
	return c.Handle(ctx, topic, payload)
}

// enter reports whether the message is not in Handle already; id 0 is a message at QoS 0.
func (c *connection) enter(id uint16) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id != 0 && c.busy[id] || !c.open() {
		return false
	}
	c.busy[id] = true
	c.wg.Add(1)
	return true
}

func (c *connection) leave(id uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.busy, id)
}

// end records why the connection is over; the first cause stands.
func (c *connection) end(cause error) {
	c.once.Do(func() {
		c.cause = cause
		c.mu.Lock() // so that no handler enters after gone is closed
		defer c.mu.Unlock()
		close(c.gone)
	})
}

// open reports whether the connection has not ended. paho's IsConnected would say true while it reconnects.
func (c *connection) open() bool {
	select {
	case <-c.gone:
		return false
	default:
		return c.client.IsConnectionOpen()
	}
}

// wait returns the cause when the connection ends, or when ctx does.
func (c *connection) wait(ctx context.Context) error {
	select {
	case <-c.gone:
		return c.cause
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close ends the client; parting says Offline first, because a DISCONNECT discards the will. Handlers have returned
// when it returns.
func (c *connection) close(parting bool) {
	if s := c.link.c.State; parting && s != nil && c.open() {
		ctx, cancel := context.WithTimeout(context.Background(), partingTimeout)
		_ = c.publish(ctx, s.Topic, s.Offline, 1, true) // the will says it otherwise
		cancel()
	}
	c.client.Disconnect(uint(partingTimeout.Milliseconds()))
	c.end(errClosed)
	c.mu.Lock()
	if c.raw != nil {
		_ = c.raw.Close() // paho may still wait for a CONNACK on it
	}
	c.mu.Unlock()
	c.wg.Wait()
}

var errClosed = errors.New("link: closed")
