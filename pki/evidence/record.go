// Package evidence is what shows, years later and offline, that a document was signed by whom and received when:
// the record that the mailbox makes when it verifies, the folder that `mailbox export` writes, and the check of
// that folder against a pinned root. Nothing in the folder is trusted but what the root vouches for.
//
// Error model: Verify wraps ErrEvidence with the file and the reason; the reasons of pki/cms, pki/profile,
// pki/keyring and pki/receipt can be told by errors.Is. No error quotes a document.
package evidence

import (
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"madoguchi/forms"
	"madoguchi/internal/jsonx"
	"madoguchi/pki/profile"
)

// ErrEvidence reports a folder that does not show what it should.
var ErrEvidence = errors.New("evidence: does not hold")

// Record is what the mailbox verified when it received a submission. It is a statement of the mailbox's, kept
// encrypted; who holds the folder verifies again and need not believe it.
type Record struct {
	Type        string    `json:"type"` // "verification"
	V           int       `json:"v"`    // 1
	Mailbox     string    `json:"mailbox"`
	ID          string    `json:"id"`       // 32 hexadecimal digits
	Manifest    string    `json:"manifest"` // SHA-256, 64 hexadecimal digits
	Form        string    `json:"form"`
	FormVersion int       `json:"formVersion"`
	FormDigest  string    `json:"formDigest"`
	ReceivedAt  time.Time `json:"receivedAt"`  // T: the mailbox's clock
	SigningTime time.Time `json:"signingTime"` // a claim of the signer's side
	Signer      []byte    `json:"signer"`      // 署名用電子証明書, DER
	Anchor      []byte    `json:"anchor"`      // the CA certificate that issued it, DER
	WithinTerm  bool      `json:"withinTerm"`  // ReceivedAt lies within the signer's validity; revocation is the result's
	Checks      []string  `json:"checks"`      // what held

	// PersonMatches says that name, birth date and address of the certificate are the applicant's in the document. A
	// kiosk signs nothing else, but not everything comes from a sound kiosk; what follows is the result's business.
	PersonMatches bool `json:"personMatches"`
}

// SamePerson is the comparison behind PersonMatches: spaces and character width do not count.
func SamePerson(signer *x509.Certificate, applicant forms.Person) bool {
	h, err := profile.HolderOf(signer)
	return err == nil && h.Differs(applicant.Name, applicant.Birth, applicant.Address) == ""
}

// Checked are the names of the checks that intake makes, in order. They belong to V 1: Verify demands exactly them.
var Checked = []string{
	"device-signature", "signed-attributes", "content-type", "message-digest", "signing-certificate", "signature",
	"certificate-chain", "canonical-manifest", "audience", "form-published", "parts-listed", "form-valid",
}

// Marshal returns the canonical JSON of a record.
func (r Record) Marshal() ([]byte, error) {
	r.Type, r.V = "verification", 1
	r.ReceivedAt, r.SigningTime = r.ReceivedAt.UTC().Truncate(time.Second), r.SigningTime.UTC().Truncate(time.Second)
	return jsonx.Marshal(r)
}

// ParseRecord reads what Marshal wrote.
func ParseRecord(b []byte) (Record, error) {
	var r Record
	if err := jsonx.Unmarshal(b, &r); err != nil {
		return Record{}, fmt.Errorf("%w: record: %w", ErrEvidence, err)
	}
	if r.Type != "verification" || r.V != 1 {
		return Record{}, fmt.Errorf("%w: record: type", ErrEvidence)
	}
	return r, nil
}
