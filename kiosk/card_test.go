package kiosk

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"madoguchi/device/sim"
	"madoguchi/fault"
	"madoguchi/flows"
	"madoguchi/forms"
	"madoguchi/mailbox/mailboxtest"
	"madoguchi/pki/issue"
	"madoguchi/pki/keyring"
	"madoguchi/pki/profile"
	"madoguchi/pki/receipt/receipttest"
	"madoguchi/pki/seal"
	"madoguchi/sync/outbox"
	"madoguchi/wire"
	"madoguchi/wire/enrolment"
)

const mailboxName = "mailbox.city.example"

// desk is a kiosk with a virtual reader and no line, and what its card was asked.
type desk struct {
	*Kiosk
	reader *sim.Reader
	sent   [][]byte
}

func newDesk(t *testing.T) (*desk, *mailboxtest.City) {
	t.Helper()
	d, city := emptyDesk(t)
	d.insert(t, city, city.Person)
	return d, city
}

// emptyDesk is a desk without a card: their keys are slow to draw.
func emptyDesk(t testing.TB) (*desk, *mailboxtest.City) {
	t.Helper()
	city := mailboxtest.NewCity(t)
	d := &desk{reader: sim.NewReader("virtual")}
	d.Kiosk = &Kiosk{
		Config: Config{ID: "k1"}, enrolled: enrolment.Enrolment{Mailbox: mailboxName}, now: time.Now, random: rand.Reader, done: make(chan struct{}), answerTime: answerTime,
	}
	d.trust.Store(&trust{Keyring: &keyring.Keyring{}, sign: city.Anchors()[:1], auth: city.Anchors()[1:]})
	d.witness = newWitness(t)
	d.cards = &cards{kiosk: d.Kiosk, reader: d.reader}
	d.reader.Log(func(command, _ []byte) { d.sent = append(d.sent, bytes.Clone(command)) })
	t.Cleanup(func() { close(d.done) })
	return d, city
}

// insert puts a fresh card of a person on the reader.
func (d *desk) insert(t *testing.T, city *mailboxtest.City, p profile.Holder) {
	t.Helper()
	d.put(t, d.options(t, city, p))
}

func (d *desk) options(t testing.TB, city *mailboxtest.City, p profile.Holder) sim.Options {
	t.Helper()
	o := sim.Options{
		Label: "test", AuthPIN: []byte("1234"), SignPIN: []byte("ABC123"), Extended: true,
		AuthCA: city.Auth.Cert.Raw, SignCA: city.Sign.Cert.Raw,
	}
	o.AuthKey, o.AuthCert = certified(t, city.Auth, profile.JPKIAuth, nil)
	o.SignKey, o.SignCert = certified(t, city.Sign, profile.JPKISign, &p)
	return o
}

func (d *desk) put(t testing.TB, o sim.Options) {
	t.Helper()
	f, err := sim.NewFile(o)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "card.json")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	d.reader.Remove()
	if err := d.reader.Insert(path); err != nil {
		t.Fatal(err)
	}
}

func certified(t testing.TB, ca *issue.CA, p *profile.Profile, h *profile.Holder) (key crypto.Signer, der []byte) {
	t.Helper()
	key, err := issue.NewKey(p)
	if err != nil {
		t.Fatal(err)
	}
	der, err = ca.Issue(p, issue.Request{
		Subject: pkix.Name{Country: []string{"JP"}, CommonName: "20260101000000"}, Public: key.Public(),
		From: time.Now().AddDate(0, -1, 0), To: time.Now().AddDate(4, 0, 0), Holder: h,
	})
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

// login logs in and returns the document that the person then signs.
func (d *desk) login(t *testing.T, city *mailboxtest.City) forms.Document {
	t.Helper()
	c, err := d.cards.Await(t.Context(), flows.MyNumber)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := c.Tries(t.Context(), flows.AuthKey); err != nil || n != 3 {
		t.Fatalf("%d tries, %v", n, err)
	}
	pin := []byte("1234")
	who, err := c.Login(t.Context(), pin)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pin, make([]byte, 4)) {
		t.Error("the PIN was not wiped")
	}
	doc, err := city.Draft(t).Document(forms.Env{Now: time.Now(), Mailbox: mailboxName, AuthKey: who.AuthKey, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// sign asks for the card anew, as the runner does, and signs.
func (d *desk) sign(t *testing.T, doc forms.Document) (flows.Signed, error) {
	t.Helper()
	d.sent = nil
	c, err := d.cards.Await(t.Context(), flows.MyNumber)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := c.Tries(t.Context(), flows.SignKey); err != nil || n != 5 {
		t.Fatalf("%d tries, %v", n, err)
	}
	password := []byte("abc123")
	s, err := c.Sign(t.Context(), password, doc)
	if !bytes.Equal(password, make([]byte, 6)) {
		t.Error("the password was not wiped")
	}
	return s, err
}

// signed reports whether the card was asked for a signature (PSO: COMPUTE DIGITAL SIGNATURE).
func (d *desk) signed() bool {
	for _, c := range d.sent {
		if c[1] == 0x2A {
			return true
		}
	}
	return false
}

func TestLoginTakesFiveCommandsAndSigningSix(t *testing.T) {
	d, city := newDesk(t)
	doc := d.login(t, city)
	if len(d.sent) != 5 {
		t.Errorf("log-in took %d commands", len(d.sent))
	}
	d.fit.Store(true) // as the log-in page finds out (TestDeadEndsAreAskedOnce)
	s, err := d.sign(t, doc)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.sent) != 6 || !d.signed() {
		t.Errorf("signing took %d commands", len(d.sent))
	}
	if err := d.checkOwn(s.CMS, doc); err != nil {
		t.Error(err)
	}
}

// TestDeadEndsAreAskedOnce: the log-in page also asks whether this card can sign at the end; signing stays at six.
func TestDeadEndsAreAskedOnce(t *testing.T) {
	d, city := newDesk(t)
	c, err := d.cards.Await(t.Context(), flows.MyNumber)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []flows.Key{flows.AuthKey, flows.SignKey} {
		if _, err := c.Tries(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	who, err := c.Login(t.Context(), []byte("1234"))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.sent) != 5+3 { // token label, certificates present, tries of the password
		t.Errorf("the log-in page took %d commands", len(d.sent))
	}
	doc, err := city.Draft(t).Document(forms.Env{Now: time.Now(), Mailbox: mailboxName, AuthKey: who.AuthKey, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.sign(t, doc); err != nil || len(d.sent) != 6 {
		t.Errorf("signing took %d commands, %v", len(d.sent), err)
	}
}

func TestOtherPersonsDocumentIsNotSigned(t *testing.T) {
	d, city := newDesk(t)
	stranger := city.Person
	stranger.Name = "他人　太郎"
	d.insert(t, city, stranger)
	if _, err := d.sign(t, d.login(t, city)); !errors.Is(err, fault.PersonDiffers) || d.signed() {
		t.Errorf("%v, signed: %v", err, d.signed())
	}
}

func TestOtherCardDoesNotSign(t *testing.T) {
	d, city := newDesk(t)
	doc := d.login(t, city)
	d.insert(t, city, city.Person)
	if _, err := d.sign(t, doc); !errors.Is(err, fault.OtherCard) || d.signed() {
		t.Errorf("%v, signed: %v", err, d.signed())
	}
}

func TestCardOfForeignAuthorityDoesNotLogIn(t *testing.T) {
	d, _ := newDesk(t)
	d.trust.Load().auth = d.trust.Load().sign // a CA, and not the one of the card's 利用者証明用 certificate
	c, err := d.cards.Await(t.Context(), flows.MyNumber)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Login(t.Context(), []byte("1234")); !errors.Is(err, fault.CardUnreadable) {
		t.Errorf("%v", err)
	}
}

func TestTheCardIsPoweredOffAfterEachUse(t *testing.T) {
	d, city := newDesk(t)
	if _, err := d.sign(t, d.login(t, city)); err != nil {
		t.Fatal(err)
	}
	s, err := d.reader.Connect(t.Context()) // nobody holds it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Transmit(t.Context(), []byte{0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01}); err != nil {
		t.Fatal(err)
	}
	read, err := s.Transmit(t.Context(), []byte{0x00, 0xB0, 0x81, 0x00, 0x00})
	if err != nil || !bytes.Equal(read, []byte{0x69, 0x82}) {
		t.Errorf("署名用 certificate without password: % X, %v", read, err)
	}
}

// TestInsertionIsNoRemoval: a card that has just come is never taken for one that has just left.
func TestInsertionIsNoRemoval(t *testing.T) {
	d, _ := newDesk(t)
	path := d.reader.Inserted()
	for range 300 {
		d.reader.Remove()
		inserted := make(chan error)
		go func() { inserted <- d.reader.Insert(path) }()
		c, err := d.cards.Await(t.Context(), flows.MyNumber)
		if err != nil || <-inserted != nil {
			t.Fatal(err)
		}
		if _, err := c.Tries(t.Context(), flows.AuthKey); err != nil {
			t.Fatalf("the card lies there: %v", err)
		}
		if isClosed(d.cards.Gone(c)) {
			t.Fatal("the card lies there and is said to be gone")
		}
	}
}

// swapCertificate puts a card on the reader whose certificate for a key is of another key.
func (d *desk) swapCertificate(t *testing.T, city *mailboxtest.City, swap func(o *sim.Options)) {
	t.Helper()
	o := d.options(t, city, city.Person)
	swap(&o)
	d.put(t, o)
}

// TestVerifyAloneIsNoLogin: a card that knows the PIN and cannot answer the challenge with the certified key is nobody.
func TestVerifyAloneIsNoLogin(t *testing.T) {
	d, city := newDesk(t)
	d.swapCertificate(t, city, func(o *sim.Options) { o.AuthKey, _ = certified(t, city.Auth, profile.JPKIAuth, nil) })
	c, err := d.cards.Await(t.Context(), flows.MyNumber)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Login(t.Context(), []byte("1234")); !errors.Is(err, fault.CardUnreadable) {
		t.Errorf("logged in: %v", err)
	}
}

// TestOwnVerifierStandsBeforeKept: a signature that does not verify is not kept, and nothing is sent.
func TestOwnVerifierStandsBeforeKept(t *testing.T) {
	d, city := newDesk(t)
	d.swapCertificate(t, city, func(o *sim.Options) {
		o.SignKey, _ = certified(t, city.Sign, profile.JPKISign, &city.Person)
	})
	if _, err := d.sign(t, d.login(t, city)); !errors.Is(err, fault.OwnCheckFailed) {
		t.Errorf("%v", err)
	}
}

func TestRemovalIsSeen(t *testing.T) {
	d, _ := newDesk(t)
	c, err := d.cards.Await(t.Context(), flows.MyNumber)
	if err != nil {
		t.Fatal(err)
	}
	d.reader.Remove()
	<-d.cards.Gone(c)
	if _, err := c.Tries(t.Context(), flows.AuthKey); !errors.Is(err, fault.CardRemoved) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.cards.Await(ctx, flows.MyNumber); !errors.Is(err, context.Canceled) {
		t.Errorf("await on an empty reader: %v", err)
	}
}

// TestAcceptSealsForTheMailboxOnly: what lies in the outbox opens with the mailbox's key and its header, and with nothing else.
func TestAcceptSealsForTheMailboxOnly(t *testing.T) {
	d, city := newDesk(t)
	m := receipttest.New(t)
	d.trust.Load().Keyring, d.enrolled.Mailbox = m.Keyring, mailboxName
	d.now = func() time.Time { return receipttest.Now }
	d.device = receipttest.Key(t)
	var err error
	if d.outbox, err = outbox.Open(filepath.Join(t.TempDir(), "outbox.db"), outbox.Limits{Count: 1, Bytes: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.outbox.Close() }()
	s, err := d.sign(t, d.login(t, city))
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := d.Accept(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := d.outbox.Sealed(ticket.ID)
	if err != nil {
		t.Fatal(err)
	}
	e, err := wire.ParseEnvelope(sealed)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(e.Signed())
	if !ecdsa.VerifyASN1(&d.device.PublicKey, digest[:], e.Signature) {
		t.Error("the device signature does not hold")
	}
	plain, err := seal.Open(m.Sealing, mailboxName, e.Header, e.Enc, e.Ciphertext)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := wire.ParseSubmission(plain); err != nil || !bytes.Equal(got.CMS, s.CMS) || len(got.Parts) != len(s.Document.Parts()) {
		t.Errorf("another submission came out: %v", err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another mailbox": func() ([]byte, error) {
			return seal.Open(m.Sealing, "mailbox.elsewhere.example", e.Header, e.Enc, e.Ciphertext)
		},
		"another header": func() ([]byte, error) {
			return seal.Open(m.Sealing, mailboxName, bytes.Replace(e.Header, []byte("k1"), []byte("k2"), 1), e.Enc, e.Ciphertext)
		},
	} {
		if _, err := open(); err == nil {
			t.Errorf("opens for %s", name)
		}
	}
	again, err := d.Accept(t.Context(), s)
	if err != nil || again.Number != ticket.Number || again.ID != ticket.ID || !again.KeptAt.Equal(ticket.KeptAt) {
		t.Errorf("a repeat got %+v, %v", again, err)
	}
	if err := d.Room(); !errors.Is(err, fault.OutboxFull) {
		t.Errorf("room for a second: %v", err)
	}
}
