package broker

import (
	"context"
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"madoguchi/internal/check"
	"madoguchi/internal/event"
	"madoguchi/pki/profile"
	"madoguchi/wire"
)

// Why a client is refused.
var (
	errNoCertificate = errors.New("no client certificate")
	errNotYet        = errors.New("the mailbox is not ready")
	errClientID      = errors.New("client id is not the enrolled one")
	errKey           = errors.New("device key is not the enrolled one")
)

const lookupTimeout = 5 * time.Second

// Check decides about one connection; it is called by nats-server (server.Authentication) with the CONNECT packet
// read and the client certificate already verified under the root.
func (b *Broker) Check(c server.ClientAuthentication) bool {
	user, err := b.user(c)
	if err != nil {
		event.ClientRefused.Log(b.config.Log, "reason", err.Error(), "remote", c.RemoteAddress().String())
		return false
	}
	c.RegisterUser(user)
	return true
}

func (b *Broker) user(c server.ClientAuthentication) (*server.User, error) {
	state := c.GetTLSConnectionState()
	if state == nil || len(state.PeerCertificates) == 0 {
		return nil, errNoCertificate
	}
	cert := state.PeerCertificates[0]
	id := clientID(c)
	if b.chain(cert, profile.Mailbox) == nil {
		if subtle.ConstantTimeCompare([]byte(id), []byte(b.config.MailboxID)) != 1 {
			return nil, errClientID
		}
		return &server.User{Username: "mailbox", Permissions: mailboxPermissions()}, nil
	}
	if err := b.chain(cert, profile.Device); err != nil {
		return nil, err
	}
	return b.kiosk(cert, id)
}

func (b *Broker) chain(cert *x509.Certificate, p *profile.Profile) error {
	return profile.Chain(cert, p, []*x509.Certificate{b.config.Root}, b.config.Now())
}

// kiosk requires the certificate to be of an enrolled kiosk that is not struck off, its key to be the enrolled one and the client id to
// be its secret one: a foreign client id would end the owner's session and take it over.
func (b *Broker) kiosk(cert *x509.Certificate, clientID string) (*server.User, error) {
	if !b.admit.Load() {
		return nil, errNotYet
	}
	name := cert.Subject.CommonName
	if err := wire.CheckKiosk(name); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	k, err := b.config.Lookup(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("register: %w", err)
	}
	d, known := k.Device(cert.RawSubjectPublicKeyInfo)
	switch {
	case !known:
		return nil, errKey
	case !d.Is(clientID):
		return nil, errClientID
	}
	return &server.User{Username: userOf(name), Permissions: kioskPermissions(name)}, nil
}

func userOf(kiosk string) string { return "kiosk-" + kiosk }

// What nats-server itself needs to deliver QoS 1 to an MQTT session.
var delivery = []string{"$MQTT.sub.>", "$MQTT.deliver.pubrel.>"}

// kioskPermissions are in NATS subjects: '/' of a topic is '.', '#' is '>', and 'a/#' is both a and a.>.
//
// A kiosk publishes on exactly four topics, which is narrower than TRUST §8 (kiosk.ID.up.>): the broker keeps one
// retained message for every topic, so that whoever may invent topics can fill its disk for good. Now it is at most
// four messages for a kiosk. Each further message up gets its topic here when there is one.
func kioskPermissions(id string) *server.Permissions {
	own := "kiosk." + id
	if check.Off(check.KioskTopic) {
		own = "kiosk.*"
	}
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{own + ".up.submission", own + ".up.consistency", own + ".up.call", own + ".state"}},
		Subscribe: &server.SubjectPermission{Allow: append([]string{own + ".down", own + ".down.>", "catalogue", "catalogue.>"}, delivery...)},
	}
}

func mailboxPermissions() *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{"kiosk.*.down.>", "catalogue.>"}},
		Subscribe: &server.SubjectPermission{Allow: append([]string{"kiosk.*.up.submission", "kiosk.*.up.consistency", "kiosk.*.up.call", "kiosk.*.state"}, delivery...)},
	}
}

// nats-server does not hand the MQTT client id to a custom authenticator, but has put it at the end of the
// connection's name by then. Should that change, no id is found and nobody can connect; a test would show it.
var clientIDInName = regexp.MustCompile(` - "([0-9a-f]{32})"$`)

func clientID(c server.ClientAuthentication) string {
	name, ok := c.(fmt.Stringer)
	if !ok {
		return ""
	}
	found := clientIDInName.FindStringSubmatch(name.String())
	if found == nil {
		return ""
	}
	return found[1]
}
