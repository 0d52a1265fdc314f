package kiosk

import (
	"crypto/x509"

	"madoguchi/fault"
	"madoguchi/forms"
	"madoguchi/i18n"
	"madoguchi/pki/profile"
)

// samePerson compares the certificate's person with the document's; a difference goes back to the review.
func samePerson(h profile.Holder, p forms.Person) error {
	if what := h.Differs(p.Name, p.Birth, p.Address); what != "" {
		return fault.New(fault.PersonDiffers, nil, "What", i18n.T("kiosk.person."+what))
	}
	return nil
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
