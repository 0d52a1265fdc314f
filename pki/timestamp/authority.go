package timestamp

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"madoguchi/pki/cms"
	"madoguchi/pki/profile"
)

// Authority is a time-stamp authority in this process. Whoever holds what it stamps holds its key too: it shows the
// order of things to those who trust the holder, and is no independent witness.
type Authority struct {
	Signer cms.Signer       // of profile.TSA
	Now    func() time.Time // nil: time.Now
}

// ownAccuracy is what an Authority says of its clock.
const ownAccuracy = 1 // second

// Stamp returns a token over data. It has the shape of Client.Stamp.
func (a *Authority) Stamp(ctx context.Context, data []byte) ([]byte, error) {
	policy, err := asn1OID(profile.TSA.Policy)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("timestamp: draw serial: %w", err)
	}
	now := time.Now
	if a.Now != nil {
		now = a.Now
	}
	at := now().UTC().Truncate(time.Second)
	der, err := asn1.Marshal(struct {
		Version  int
		Policy   asn1.ObjectIdentifier
		Imprint  imprint
		Serial   *big.Int
		Time     time.Time `asn1:"generalized"`
		Accuracy struct{ Seconds int }
	}{
		1, policy, imprint{pkix.AlgorithmIdentifier{Algorithm: hashes[0].oid}, sum(crypto.SHA256, data)}, serial, at,
		struct{ Seconds int }{ownAccuracy},
	})
	if err != nil {
		return nil, fmt.Errorf("timestamp: encode: %w", err)
	}
	token, err := cms.SignToken(ctx, der, a.Signer, at)
	if err != nil {
		return nil, fmt.Errorf("timestamp: sign: %w", err)
	}
	return token, nil
}

func asn1OID(dotted string) (id asn1.ObjectIdentifier, err error) {
	for at := 0; at < len(dotted); {
		arc := 0
		for ; at < len(dotted) && dotted[at] != '.'; at++ {
			if dotted[at] < '0' || dotted[at] > '9' || arc > 1<<24 {
				return nil, fmt.Errorf("timestamp: policy %q", dotted)
			}
			arc = arc*10 + int(dotted[at]-'0')
		}
		id, at = append(id, arc), at+1
	}
	return id, nil
}
