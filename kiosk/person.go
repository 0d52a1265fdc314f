package kiosk

import (
	"crypto/x509"
	"strings"

	"golang.org/x/text/width"

	"madoguchi/fault"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/pki/profile"
)

// samePerson compares the certificate's person with the document's. Spaces and character width do not count;
// every other difference goes back to the review.
func samePerson(h profile.Holder, p forms.Person) error {
	for _, pair := range []struct{ what, card, document string }{
		{"name", h.Name, p.Name},
		{"birth", h.Birth, p.Birth},
		{"address", h.Address, p.Address},
	} {
		if plain(pair.card) != plain(pair.document) {
			return fault.New(fault.PersonDiffers, nil, "What", i18n.T("kiosk.person."+pair.what))
		}
	}
	return nil
}

// plain folds a text for comparing only; what is signed keeps every code point.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' {
			return -1
		}
		return r
	}, strings.ReplaceAll(width.Fold.String(s), "\u3000", ""))
}

// jpkiCertificate parses a certificate that the card gave and requires it to chain to the keyring's anchors. Its
// time is not looked at: a kiosk refuses no card on its own clock alone (TRUST §5), the mailbox judges.
func (k *Kiosk) jpkiCertificate(der []byte, p *profile.Profile, anchors []*x509.Certificate) (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fault.New(fault.CardUnreadable, err)
	}
	if err := profile.Issued(cert, p, anchors); err != nil {
		return nil, fault.New(fault.CardUnreadable, err)
	}
	return cert, nil
}
