package calls

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"madoguchi/mailbox/mailboxtest"
	"madoguchi/mailbox/registry"
	"madoguchi/mailbox/store"
	"madoguchi/pki/draft"
	"madoguchi/pki/issue"
	"madoguchi/pki/profile"
	"madoguchi/pki/revocation"
	"madoguchi/pki/seal"
	"madoguchi/wire"
)

const box = "mailbox.city.example"

// card is a person's 利用者証明用 key.
type card struct {
	key  crypto.Signer
	cert []byte
}

// people are the same in the whole process: RSA keys are slow to draw.
type people struct {
	hanako, taro card
	stranger     *issue.CA // a CA that nobody pinned
}

var cast struct {
	once sync.Once
	people
}

func castOf(t testing.TB, city *mailboxtest.City) *people {
	t.Helper()
	cast.once.Do(func() {
		cast.hanako, cast.taro = newCard(t), newCard(t)
		cast.hanako.cert = certify(t, city.Auth, profile.JPKIAuth, cast.hanako.key, 0)
		cast.taro.cert = certify(t, city.Auth, profile.JPKIAuth, cast.taro.key, 0)
		key, err := issue.NewKey(profile.JPKIAuthCA)
		if err != nil {
			t.Fatal(err)
		}
		cast.stranger, err = issue.NewRoot(profile.JPKIAuthCA, city.Auth.Cert.Subject, key, time.Now().AddDate(-1, 0, 0), time.Now().AddDate(9, 0, 0))
		if err != nil {
			t.Fatal(err)
		}
	})
	return &cast.people
}

func newCard(t testing.TB) card {
	t.Helper()
	key, err := issue.NewKey(profile.JPKIAuth)
	if err != nil {
		t.Fatal(err)
	}
	return card{key: key}
}

// certify issues a certificate that ended so many years ago, or is good now.
func certify(t testing.TB, ca *issue.CA, p *profile.Profile, key crypto.Signer, ago int) []byte {
	t.Helper()
	r := issue.Request{
		Subject: pkix.Name{Country: []string{"JP"}, CommonName: "2026112200000000000000"}, Public: key.Public(),
		From: time.Now().AddDate(-ago, -1, 0), To: time.Now().AddDate(1-ago, 0, 0),
	}
	if ago > 0 {
		r.To = time.Now().Add(-time.Hour)
	}
	if p.Holder {
		r.Holder = &profile.Holder{Name: "窓口　花子", Address: "窓口県", Birth: "1990-04-01", Sex: "2"}
	}
	der, err := ca.Issue(p, r)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// rig is a server on a real store, and its kiosks.
type rig struct {
	t                     testing.TB
	city                  *mailboxtest.City
	people                *people
	k1, k2, office, alien *mailboxtest.Kiosk
	key                   *seal.PrivateKey
	store                 *store.Store
	server                *Server
	now                   time.Time

	mu   sync.Mutex
	sent map[string][][]byte
	log  bytes.Buffer
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{t: t, city: mailboxtest.NewCity(t), now: time.Now(), sent: map[string][][]byte{}}
	r.people = castOf(t, r.city)
	r.k1, r.k2 = mailboxtest.NewKiosk(t, "k1"), mailboxtest.NewKiosk(t, "k2")
	r.office, r.alien = mailboxtest.NewKiosk(t, "office"), mailboxtest.NewKiosk(t, "alien")
	var err error
	if r.key, err = seal.Generate("key-1"); err != nil {
		t.Fatal(err)
	}
	if r.store, err = store.Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), make([]byte, store.KeySize)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.store.Close() })
	for k, p := range map[*mailboxtest.Kiosk]string{r.k1: "city-hall", r.k2: "portable", r.office: "reception"} {
		err := r.store.Update(t.Context(), func(tx *store.Tx) error {
			return registry.Add(tx, registry.Request{ID: k.ID, Profile: p, Device: k.Device(t), ClientID: "client of " + k.ID, At: time.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	r.restart(nil)
	return r
}

// restart is the mailbox after a crash.
func (r *rig) restart(checker *revocation.Checker) {
	r.server = New(Config{
		Mailbox: box, Store: r.store, Keys: func(id string) (*seal.PrivateKey, bool) { return r.key, id == r.key.ID() }, Anchors: func() []*x509.Certificate { return []*x509.Certificate{r.city.Auth.Cert} },
		Revocation: checker, Now: func() time.Time { return r.now }, Log: slog.New(slog.NewJSONHandler(&r.log, nil)),
		Send: func(_ context.Context, topic string, payload []byte) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.sent[topic] = append(r.sent[topic], payload)
			return nil
		},
	})
}

// shot is one call, which a test may spoil at any point.
type shot struct {
	by      *mailboxtest.Kiosk
	name    string
	session *token
	body    any
	topic   string                        // "": the kiosk's own
	mailbox string                        // sealed for; "": this one
	signer  *mailboxtest.Kiosk            // of the question; nil: by
	headed  func(h *wire.CallHeader)      // before it is sealed
	asked   func(h *wire.AskHead)         // before it is signed
	raw     func(body []byte) []byte      // before it is signed
	login   func(enc []byte) any          // the body, made for this call
	sealed  func(c *wire.Call) *wire.Call // before it is sent
	sent    func(payload []byte) []byte   // as it is sent
	seq     uint64                        // not the next one
}

// token is a session as a kiosk has it.
type token struct {
	text string
	seq  uint64
}

// fired is a call that was sent, with the end that opens its answer.
type fired struct {
	id      wire.ID
	asking  *seal.Asking
	payload []byte
	topic   string
}

func (r *rig) prepare(s shot) fired {
	r.t.Helper()
	must := func(err error) {
		r.t.Helper()
		if err != nil {
			r.t.Fatal(err)
		}
	}
	id, err := wire.NewID(rand.Reader)
	must(err)
	header := wire.CallHeader{V: 1, Key: r.key.ID(), Kiosk: s.by.ID, Call: id.String()}
	if s.headed != nil {
		s.headed(&header)
	}
	headerText, err := wire.Body(header)
	must(err)
	if s.mailbox == "" {
		s.mailbox = box
	}
	asking, err := seal.Ask(r.key.Public(), s.mailbox)
	must(err)
	c := &wire.Call{Header: headerText, Enc: asking.Enc()}
	c.Ciphertext, err = asking.Seal(headerText, r.question(s, headerText, asking.Enc()))
	must(err)
	if s.sealed != nil {
		c = s.sealed(c)
	}
	f := fired{id: id, asking: asking, payload: c.Marshal(), topic: s.topic}
	if s.sent != nil {
		f.payload = s.sent(f.payload)
	}
	if f.topic == "" {
		f.topic = wire.UpCall(s.by.ID)
	}
	return f
}

// question is the signed plaintext of a call.
func (r *rig) question(s shot, header, enc []byte) []byte {
	r.t.Helper()
	head := wire.AskHead{V: 1, Name: s.name}
	if s.session != nil {
		s.session.seq++
		head.Session, head.Seq = s.session.text, s.session.seq
		if s.seq > 0 {
			head.Seq = s.seq
		}
	}
	if s.asked != nil {
		s.asked(&head)
	}
	if s.login != nil {
		s.body = s.login(enc)
	}
	if s.body == nil {
		s.body = wire.Empty{}
	}
	var a wire.Ask
	var err error
	if a.Head, err = wire.Body(head); err != nil {
		r.t.Fatal(err)
	}
	if a.Body, err = wire.Body(s.body); err != nil {
		r.t.Fatal(err)
	}
	if s.raw != nil {
		a.Body = s.raw(a.Body)
	}
	if s.signer == nil {
		s.signer = s.by
	}
	digest := sha256.Sum256(a.Signed(header, enc))
	if a.Signature, err = ecdsa.SignASN1(rand.Reader, s.signer.Key, digest[:]); err != nil {
		r.t.Fatal(err)
	}
	return a.Marshal()
}

// fire sends a call and returns the refusal's name, or reads the answer.
func (r *rig) fire(s shot, answer any) Refusal {
	r.t.Helper()
	return r.send(r.prepare(s), answer)
}

func (r *rig) send(f fired, answer any) Refusal {
	r.t.Helper()
	r.log.Reset()
	clear(r.sent)
	kiosk, channel, err := wire.ChannelOf(f.topic)
	if err != nil || channel != wire.ChannelCall {
		r.t.Fatal(channel, err)
	}
	if err := r.server.Take(r.t.Context(), kiosk, f.payload); err != nil {
		r.t.Fatal(err)
	}
	if len(r.sent) == 0 {
		return r.logged()
	}
	if len(r.sent[wire.DownAnswer(kiosk)]) != 1 {
		r.t.Fatalf("answers on %d topics", len(r.sent))
	}
	reply := r.opened(f, r.sent[wire.DownAnswer(kiosk)][0])
	if reply.Refused != "" {
		if got := r.logged(); got != Refusal(reply.Refused) {
			r.t.Errorf("answered %q, logged %q", reply.Refused, got)
		}
		return Refusal(reply.Refused)
	}
	if answer != nil {
		if err := wire.ParseBody(reply.Body, answer); err != nil {
			r.t.Fatal(err)
		}
	}
	return ""
}

func (r *rig) opened(f fired, payload []byte) wire.Reply {
	r.t.Helper()
	a, id, err := wire.ParseAnswer(payload)
	if err != nil || id != f.id {
		r.t.Fatal(id, err)
	}
	text, err := f.asking.Open(a.Call, a.Nonce, a.Ciphertext)
	if err != nil {
		r.t.Fatal(err)
	}
	reply, err := wire.ParseReply(text)
	if err != nil {
		r.t.Fatal(err)
	}
	return reply
}

// logged is the last reason that the log gives.
func (r *rig) logged() Refusal {
	r.t.Helper()
	var reason string
	for line := range strings.Lines(r.log.String()) {
		var l struct{ Reason string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			r.t.Fatal(err)
		}
		if l.Reason != "" {
			reason = l.Reason
		}
	}
	return Refusal(reason)
}

func (r *rig) nonce(by *mailboxtest.Kiosk) string {
	r.t.Helper()
	var answer wire.NonceAnswer
	if refused := r.fire(shot{by: by, name: wire.CallNonce}, &answer); refused != "" {
		r.t.Fatal(refused)
	}
	return answer.Nonce
}

// signs returns the body of a log-in, which the card signs for whatever call it is put into.
func (r *rig) signs(c card, kiosk, nonce string, change func(*wire.Challenge)) func(enc []byte) any {
	return func(enc []byte) any {
		challenge := wire.LoginChallenge(box, kiosk, nonce, wire.RoleResident, enc)
		if change != nil {
			change(&challenge)
		}
		text, err := challenge.Bytes()
		if err != nil {
			r.t.Fatal(err)
		}
		digest := sha256.Sum256(text)
		signature, err := c.key.Sign(nil, digest[:], crypto.SHA256)
		if err != nil {
			r.t.Fatal(err)
		}
		return wire.LoginAsk{Challenge: text, Certificate: c.cert, Signature: signature}
	}
}

func (r *rig) logIn(by *mailboxtest.Kiosk, c card) *token {
	r.t.Helper()
	var answer wire.LoginAnswer
	if refused := r.fire(shot{by: by, name: wire.CallLogin, login: r.signs(c, by.ID, r.nonce(by), nil)}, &answer); refused != "" {
		r.t.Fatal("log-in: ", refused)
	}
	return &token{text: answer.Session}
}

// sealed is a draft of a person, sealed under a key that only the test has.
func sealedDraft(t testing.TB, id wire.ID, version uint64, salt string) []byte {
	t.Helper()
	key, err := draft.ByCardKey(salt, bytes.Repeat([]byte("s"), 256))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := draft.Seal(key, wire.Hash{}, id, version, []byte("answers"))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func salt(n byte) string {
	text, _ := wire.NewNonce(bytes.NewReader(bytes.Repeat([]byte{n}, 16)))
	return text
}

func (r *rig) put(by *mailboxtest.Kiosk, s *token, base uint64, sealed []byte) Refusal {
	r.t.Helper()
	return r.fire(shot{by: by, name: wire.CallDraftPut, session: s, body: wire.DraftPutAsk{Base: base, Prior: wire.Hash{}.String(), Sealed: sealed}}, nil)
}
