// Package timestamp gets and judges time-stamps (RFC 3161 with RFC 5816): a token says that somebody trusted had seen
// a hash at a time.
//
// Error model: Verify and ParseResponse return *cms.Error naming the failed check, of this package or of package
// cms; it quotes nothing of what was stamped. Client.Stamp returns that, or the transport's error wrapped.
package timestamp

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // the hash functions of imprints
	_ "crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"time"

	"madoguchi/internal/check"
	"madoguchi/pki/cms"
)

// The checks of a token beside those of package cms.
const (
	Format   check.Name = "timestamp: the answer can be read"
	Granted  check.Name = "timestamp: the request was granted"                             // RFC 3161 §2.4.2
	Imprint  check.Name = "timestamp: the imprint is that of the stamped bytes"            // §2.4.2
	Nonce    check.Name = "timestamp: the nonce is the one that was sent"                  // §2.4.2
	Policy   check.Name = "timestamp: the policy is on the list"                           // §2.4.2
	Purpose  check.Name = "timestamp: the signer is a time-stamp authority and only that"  // §2.3: EKU critical, alone
	Chain    check.Name = "timestamp: the authority chains to a pinned anchor at its time" // and was valid then
	Marked   check.Name = "timestamp: every critical extension is understood"
	Past     check.Name = "timestamp: the time is not in the future"
	Accuracy check.Name = "timestamp: the time is exact enough"
)

func fail(name check.Name, detail string) error { return &cms.Error{Failed: name, Detail: detail} }

// Options are what a token must satisfy.
type Options struct {
	Anchors  []*x509.Certificate     // pinned
	Policies []asn1.ObjectIdentifier // nil: any
	Nonce    *big.Int                // nil: not compared
	Now      time.Time               // zero: the token's time is not compared with the present
	Accuracy time.Duration           // worst that is accepted; 0: a minute
}

// DefaultAccuracy is what a token may be off by its own word.
const DefaultAccuracy = time.Minute

// Stamp is what a sound token says.
type Stamp struct {
	Time      time.Time     // genTime, UTC
	Accuracy  time.Duration // the token's own word; 0 where it gives none
	Policy    asn1.ObjectIdentifier
	Serial    *big.Int
	Authority *x509.Certificate
}

// info is TSTInfo.
type info struct {
	Version    int
	Policy     asn1.ObjectIdentifier
	Imprint    imprint
	Serial     *big.Int
	Time       time.Time        `asn1:"generalized"`
	Accuracy   accuracy         `asn1:"optional"`
	Ordering   bool             `asn1:"optional,default:false"`
	Nonce      *big.Int         `asn1:"optional"`
	Authority  asn1.RawValue    `asn1:"explicit,optional,tag:0"`
	Extensions []pkix.Extension `asn1:"optional,tag:1"`
}

type imprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Hash      []byte
}

type accuracy struct {
	Seconds int `asn1:"optional"`
	Millis  int `asn1:"optional,tag:0"`
	Micros  int `asn1:"optional,tag:1"`
}

var hashes = []struct {
	oid  asn1.ObjectIdentifier
	hash crypto.Hash
}{
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, crypto.SHA256},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, crypto.SHA384},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, crypto.SHA512},
}

func sum(h crypto.Hash, data []byte) []byte {
	w := h.New()
	w.Write(data)
	return w.Sum(nil)
}

// Verify judges a token (a ContentInfo, DER) over stamped.
func Verify(token, stamped []byte, o Options) (Stamp, error) {
	message, err := cms.ParseToken(token)
	if err != nil {
		return Stamp{}, err
	}
	signature, err := message.Verify(nil)
	if err != nil {
		return Stamp{}, err
	}
	var t info
	if rest, err := asn1.Unmarshal(signature.Content, &t); err != nil || len(rest) > 0 || t.Version != 1 || t.Serial == nil {
		return Stamp{}, fail(Format, "TSTInfo")
	}
	if err := t.judge(stamped, o); err != nil {
		return Stamp{}, err
	}
	if err := authority(signature, t.Time, o.Anchors); err != nil {
		return Stamp{}, err
	}
	return Stamp{Time: t.Time.UTC(), Accuracy: t.Accuracy.duration(), Policy: t.Policy, Serial: t.Serial, Authority: signature.Signer}, nil
}

func (t *info) judge(stamped []byte, o Options) error {
	worst := o.Accuracy
	if worst <= 0 {
		worst = DefaultAccuracy
	}
	return judge(
		trial{!t.Imprint.is(stamped), Imprint},
		trial{o.Nonce != nil && (t.Nonce == nil || t.Nonce.Cmp(o.Nonce) != 0), Nonce},
		trial{o.Policies != nil && !slices.ContainsFunc(o.Policies, t.Policy.Equal), Policy},
		trial{slices.ContainsFunc(t.Extensions, func(e pkix.Extension) bool { return e.Critical }), Marked},
		trial{t.Accuracy.duration() > worst || t.Accuracy.duration() < 0, Accuracy},
		trial{!o.Now.IsZero() && t.Time.After(o.Now.Add(worst)), Past},
	)
}

// trial is one check and whether it found something bad.
type trial struct {
	bad  bool
	name check.Name
}

func judge(trials ...trial) error {
	for _, t := range trials {
		if t.bad && !check.Off(t.name) {
			return fail(t.name, "")
		}
	}
	return nil
}

func (i imprint) is(stamped []byte) bool {
	for _, h := range hashes {
		if h.oid.Equal(i.Algorithm.Algorithm) {
			return bytes.Equal(i.Hash, sum(h.hash, stamped))
		}
	}
	return false
}

func (a accuracy) duration() time.Duration {
	if a.Seconds > 1<<30 || a.Millis > 999 || a.Micros > 999 || a.Seconds < 0 || a.Millis < 0 || a.Micros < 0 {
		return -1
	}
	return time.Duration(a.Seconds)*time.Second + time.Duration(a.Millis)*time.Millisecond + time.Duration(a.Micros)*time.Microsecond
}

// authority requires the signer to be a time-stamp authority, by an extended key usage that is critical and alone,
// and to chain to an anchor at the token's own time.
func authority(signature *cms.Signature, at time.Time, anchors []*x509.Certificate) error {
	signer := signature.Signer
	marked := slices.ContainsFunc(signer.Extensions, func(e pkix.Extension) bool {
		return e.Critical && e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 37})
	})
	alone := len(signer.UnknownExtKeyUsage) == 0 && slices.Equal(signer.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping})
	other := signer.KeyUsage &^ (x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment)
	if err := judge(trial{!marked || !alone || other != 0, Purpose}); err != nil {
		return err
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	for _, anchor := range anchors {
		roots.AddCert(anchor)
	}
	for _, der := range signature.Certificates {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return fail(Format, "a certificate")
		}
		between.AddCert(cert)
	}
	usage := []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping} // which a CA between may rule out
	if check.Off(Purpose) {
		usage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	}
	_, err := signer.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: usage})
	return judge(trial{err != nil, Chain})
}

// NewRequest encodes a TimeStampReq for data by SHA-256 that asks for the authority's certificate.
func NewRequest(data []byte, nonce *big.Int) ([]byte, error) {
	algorithm := pkix.AlgorithmIdentifier{Algorithm: hashes[0].oid, Parameters: asn1.NullRawValue}
	der, err := asn1.Marshal(struct {
		Version int
		Imprint imprint
		Nonce   *big.Int
		Cert    bool
	}{1, imprint{algorithm, sum(crypto.SHA256, data)}, nonce, true})
	if err != nil {
		return nil, fmt.Errorf("timestamp: encode request: %w", err)
	}
	return der, nil
}

// ParseResponse reads a TimeStampResp and returns the token, unjudged. Status 0 is granted, 1 granted with changes.
func ParseResponse(der []byte) (token []byte, err error) {
	var r struct {
		Status struct {
			Code int
			Text asn1.RawValue  `asn1:"optional,tag:16"`
			Info asn1.BitString `asn1:"optional"`
		}
		Token asn1.RawValue `asn1:"optional"`
	}
	if rest, err := asn1.Unmarshal(der, &r); err != nil || len(rest) > 0 {
		return nil, fail(Format, "TimeStampResp")
	}
	if r.Status.Code != 0 && r.Status.Code != 1 {
		return nil, fail(Granted, fmt.Sprintf("status %d", r.Status.Code))
	}
	if len(r.Token.FullBytes) == 0 {
		return nil, fail(Format, "no token")
	}
	return r.Token.FullBytes, nil
}
