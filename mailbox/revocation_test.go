package mailbox

import (
	"testing"

	"madoguchi/pki/revocation"
)

func TestWhoIsAskedAboutRevocation(t *testing.T) {
	good := Config{Name: "m", Listen: "127.0.0.1:1", Hosts: []string{"localhost"}, OCSP: "http://ocsp.example/"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"ocsp.example", "ldap://ocsp.example", "http://"} {
		c := good
		c.OCSP = bad
		if c.Validate() == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	m := &Mailbox{config: good}
	if got := m.revocation(); got == nil || len(got.Sources) != 1 || got.Sources[0].Name() != good.OCSP || got.Limit != revocationLimit {
		t.Errorf("%+v", got)
	}
	own := &revocation.Checker{}
	m.Revocation = own
	if m.revocation() != own {
		t.Error("what the program sets is not asked")
	}
	if (&Mailbox{}).revocation() != nil {
		t.Error("somebody is asked without a source")
	}
}
