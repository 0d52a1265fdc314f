package path_test

import (
	"crypto/x509"
	"encoding/asn1"
	"net"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/internal/check"
	"madoguchi/pki/path"
	"madoguchi/pki/pkitest"
)

const anyPolicy = "2.5.29.32.0"

// Test policies.
const (
	gold   = "1.2.3.1"
	silver = "1.2.3.2"
	bronze = "1.2.3.3"
)

func oid(dotted string) asn1.ObjectIdentifier {
	o, err := x509.ParseOID(dotted)
	if err != nil {
		panic(err)
	}
	var out asn1.ObjectIdentifier
	raw, _ := o.MarshalBinary()
	in := cryptobyte.String(append([]byte{6, byte(len(raw))}, raw...))
	if !in.ReadASN1ObjectIdentifier(&out) {
		panic(dotted)
	}
	return out
}

func ext(last int, critical bool, write cryptobyte.BuilderContinuation) pkitest.Option {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, write)
	return pkitest.Extension(asn1.ObjectIdentifier{2, 5, 29, last}, critical, b.BytesOrPanic())
}

func policies(all ...string) pkitest.Option {
	return ext(32, true, func(b *cryptobyte.Builder) {
		for _, p := range all {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(oid(p)) })
		}
	})
}

// mapping takes issuer's and subject's domain in turn.
func mapping(pairs ...string) pkitest.Option {
	return ext(33, true, func(b *cryptobyte.Builder) {
		for i := 0; i < len(pairs); i += 2 {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(oid(pairs[i]))
				b.AddASN1ObjectIdentifier(oid(pairs[i+1]))
			})
		}
	})
}

// policyConstraints: -1 leaves one out.
func policyConstraints(explicit, mapping int) pkitest.Option {
	return ext(36, true, func(b *cryptobyte.Builder) {
		for n, v := range []int{explicit, mapping} {
			if v >= 0 {
				b.AddASN1Int64WithTag(int64(v), cbasn1.Tag(n).ContextSpecific())
			}
		}
	})
}

func inhibitAny(n int64) pkitest.Option {
	var b cryptobyte.Builder
	b.AddASN1Int64(n)
	return pkitest.Extension(asn1.ObjectIdentifier{2, 5, 29, 54}, true, b.BytesOrPanic())
}

// subtree is one base of a name constraint.
type subtree struct {
	form  int
	value []byte
}

func tree(form int, value string) subtree { return subtree{form, []byte(value)} }

// directory is the base C=JP or, with a name, C=JP, CN=name.
func directory(name string) subtree {
	var b cryptobyte.Builder
	add := func(b *cryptobyte.Builder, last int, tag cbasn1.Tag, value string) {
		b.AddASN1(cbasn1.SET, func(b *cryptobyte.Builder) {
			b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{2, 5, 4, last})
				b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes([]byte(value)) })
			})
		})
	}
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		add(b, 6, cbasn1.PrintableString, "JP")
		if name != "" {
			add(b, 3, cbasn1.UTF8String, name)
		}
	})
	return subtree{4, b.BytesOrPanic()}
}

func network(cidr string) subtree {
	_, n, err := net.ParseCIDR(cidr)
	if err != nil {
		panic(err)
	}
	return subtree{7, append(append([]byte{}, n.IP...), n.Mask...)}
}

func constraintsValue(permitted, excluded []subtree) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for n, all := range [][]subtree{permitted, excluded} {
			if len(all) == 0 {
				continue
			}
			b.AddASN1(cbasn1.Tag(n).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				for _, s := range all {
					tag := cbasn1.Tag(s.form).ContextSpecific()
					if s.form == 4 || s.form == 0 {
						tag = tag.Constructed()
					}
					b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(s.value) })
					})
				}
			})
		}
	})
	return b.BytesOrPanic()
}

func permit(all ...subtree) pkitest.Option {
	return pkitest.Extension(asn1.ObjectIdentifier{2, 5, 29, 30}, true, constraintsValue(all, nil))
}

func exclude(all ...subtree) pkitest.Option {
	return pkitest.Extension(asn1.ObjectIdentifier{2, 5, 29, 30}, true, constraintsValue(nil, all))
}

// names is a subjectAltName with names of any form.
func names(all ...subtree) pkitest.Option {
	return ext(17, false, func(b *cryptobyte.Builder) {
		for _, s := range all {
			tag := cbasn1.Tag(s.form).ContextSpecific()
			if s.form == 4 || s.form == 0 {
				tag = tag.Constructed()
			}
			b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes(s.value) })
		}
	})
}

// way is root → first CA → second CA → leaf, with a third CA where a test puts one.
type way struct{ root, first, second, third, leaf *pkitest.Entity }

type options []pkitest.Option

// newWay makes one; each certificate may be changed.
func newWay(t testing.TB, first, second, leaf options) way {
	t.Helper()
	var w way
	w.root = pkitest.Root(t, "Root")
	w.first = w.root.CA(t, "First CA", first...)
	w.second = w.first.CA(t, "Second CA", second...)
	w.leaf = w.second.Leaf(t, "leaf", leaf...)
	return w
}

func (w way) chain() []*x509.Certificate {
	chain := []*x509.Certificate{w.leaf.Cert}
	if w.third != nil {
		chain = append(chain, w.third.Cert)
	}
	return append(chain, w.second.Cert, w.first.Cert)
}

func (w way) validate(o path.Options) (path.Result, error) {
	if o.At.IsZero() {
		o.At = pkitest.Now
	}
	return path.Validate(w.chain(), w.root.Cert, o)
}

func want(t testing.TB, label string, err error, name check.Name) {
	t.Helper()
	if path.Failed(err) != name || name == "" && err != nil {
		t.Errorf("%s: got %v, want %q", label, err, name)
	}
}
