package path

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"madoguchi/pki/dn"
)

// The forms of GeneralName (RFC 5280 §4.2.1.6) that constraints are judged for.
const (
	formMail      = 1
	formDNS       = 2
	formDirectory = 4
	formURI       = 6
	formIP        = 7
)

// general is one GeneralName: its form and its content; of a directoryName the Name.
type general struct {
	form  int
	value []byte
}

// readGeneral reads one GeneralName.
func readGeneral(in *cryptobyte.String) (general, bool) {
	var value cryptobyte.String
	var tag cbasn1.Tag
	if !in.ReadAnyASN1(&value, &tag) || tag&0x80 == 0 || tag&0x1F > 8 {
		return general{}, false
	}
	g := general{int(tag & 0x1F), value}
	if constructed := tag&0x20 != 0; constructed != slices.Contains([]int{0, 3, 4, 5}, g.form) {
		return general{}, false
	}
	return g, true
}

// namesOf returns the names of a certificate that constraints apply to: the subject, the alternative names and,
// where no rfc822Name is among those, the subject's emailAddress (§4.2.1.10).
func namesOf(cert *x509.Certificate) ([]general, bool) {
	var out []general
	if !dn.Empty(cert.RawSubject) {
		out = append(out, general{formDirectory, cert.RawSubject})
	}
	for _, e := range cert.Extensions {
		if !e.Id.Equal(oidSubjectAltName) {
			continue
		}
		in, all := cryptobyte.String(e.Value), cryptobyte.String(nil)
		if !in.ReadASN1(&all, cbasn1.SEQUENCE) || !in.Empty() {
			return nil, false
		}
		for !all.Empty() {
			g, ok := readGeneral(&all)
			if !ok || len(out) > maxEntries {
				return nil, false
			}
			out = append(out, g)
		}
	}
	if !slices.ContainsFunc(out, func(g general) bool { return g.form == formMail }) {
		for _, attribute := range cert.Subject.Names {
			if text, isText := attribute.Value.(string); isText && attribute.Type.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}) {
				out = append(out, general{formMail, []byte(text)})
			}
		}
	}
	return out, true
}

// constraints are permitted_subtrees, one group for each certificate that set some, all of which a name must meet,
// and excluded_subtrees.
type constraints struct {
	permitted [][]general
	excluded  []general
}

// add is §6.1.4 (g): it takes in the value of a nameConstraints extension.
func (c *constraints) add(der []byte) bool {
	in, body := cryptobyte.String(der), cryptobyte.String(nil)
	if !in.ReadASN1(&body, cbasn1.SEQUENCE) || !in.Empty() || body.Empty() {
		return false
	}
	permitted, ok := readSubtrees(&body, 0)
	if !ok {
		return false
	}
	excluded, ok := readSubtrees(&body, 1)
	if !ok || !body.Empty() {
		return false
	}
	if permitted != nil {
		c.permitted = append(c.permitted, permitted)
	}
	c.excluded = append(c.excluded, excluded...)
	return true
}

// readSubtrees reads optional GeneralSubtrees: minimum must be 0 and maximum absent (§4.2.1.10).
func readSubtrees(in *cryptobyte.String, n uint8) ([]general, bool) {
	var all cryptobyte.String
	var present bool
	if !in.ReadOptionalASN1(&all, &present, cbasn1.Tag(n).ContextSpecific().Constructed()) || present && all.Empty() {
		return nil, false
	}
	var out []general
	for !all.Empty() {
		var one cryptobyte.String
		if len(out) == maxEntries || !all.ReadASN1(&one, cbasn1.SEQUENCE) {
			return nil, false
		}
		g, ok := readGeneral(&one)
		if !ok || !one.Empty() || g.form == formIP && len(g.value) != 8 && len(g.value) != 32 {
			return nil, false
		}
		out = append(out, g)
	}
	return out, true
}

// judge is §6.1.3 (b) and (c). A constraint on a form that is not judged here refuses every name of that form.
func (c *constraints) judge(names []general) *Error {
	for _, name := range names {
		for _, group := range c.permitted {
			if failed := permits(group, name); failed != nil {
				return failed
			}
		}
		for _, base := range c.excluded {
			if base.form != name.form {
				continue
			}
			inside, known := name.within(base)
			if failed := judge(trial{inside || !known, Excluded, ""}); failed != nil {
				return failed
			}
		}
	}
	return nil
}

func permits(group []general, name general) *Error {
	of := false
	for _, base := range group {
		if base.form != name.form {
			continue
		}
		if inside, known := name.within(base); inside && known {
			return nil
		}
		of = true
	}
	return judge(trial{of, Permitted, ""})
}

// within reports whether a name lies in the subtree; known is false for a form or a value that cannot be judged.
func (g general) within(base general) (inside, known bool) {
	name, constraint := string(g.value), string(base.value)
	switch g.form {
	case formDirectory:
		inner, ok := nameOf(g.value)
		outer, okBase := nameOf(base.value)
		return ok && okBase && dn.Within(inner, outer), ok && okBase
	case formDNS:
		return underHost(name, constraint), name != ""
	case formMail:
		at := strings.LastIndexByte(name, '@')
		return at > 0 && underMail(name[:at], name[at+1:], constraint), at > 0
	case formURI:
		host, ok := hostOf(name)
		return ok && exactHost(host, constraint), ok
	case formIP:
		return underIP(g.value, base.value), len(g.value) == 4 || len(g.value) == 16
	}
	return false, false
}

// nameOf returns the Name: a certificate's subject is one, a directoryName's content too.
func nameOf(value []byte) ([]byte, bool) {
	in, skipped := cryptobyte.String(value), cryptobyte.String(nil)
	return value, in.ReadASN1(&skipped, cbasn1.SEQUENCE) && in.Empty()
}

// underHost: the constraint is the name's end, at a label's border; a leading period demands one more label.
func underHost(name, constraint string) bool {
	name, constraint = strings.ToLower(strings.TrimSuffix(name, ".")), strings.ToLower(constraint)
	switch {
	case constraint == "":
		return true
	case strings.HasPrefix(constraint, "."):
		return strings.HasSuffix(name, constraint) && len(name) > len(constraint)
	}
	return name == constraint || strings.HasSuffix(name, "."+constraint)
}

// exactHost is how URI and mail constraints name hosts: one host, or with a leading period all below (§4.2.1.10).
func exactHost(host, constraint string) bool {
	if strings.HasPrefix(constraint, ".") {
		return underHost(host, constraint)
	}
	return constraint == "" || strings.EqualFold(strings.TrimSuffix(host, "."), constraint)
}

func underMail(local, host, constraint string) bool {
	if at := strings.LastIndexByte(constraint, '@'); at >= 0 {
		return local == constraint[:at] && strings.EqualFold(host, constraint[at+1:])
	}
	return exactHost(host, constraint)
}

// hostOf returns the host name of a URI; one without, or with an address in its place, cannot be judged.
func hostOf(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Hostname() == "" {
		return "", false
	}
	_, err = netip.ParseAddr(u.Hostname())
	return u.Hostname(), err != nil
}

func underIP(address, base []byte) bool {
	n := len(base) / 2
	if len(address) != n {
		return false
	}
	masked := make([]byte, n)
	for i := range address {
		masked[i] = (address[i] ^ base[i]) & base[n+i]
	}
	return bytes.Equal(masked, make([]byte, n))
}
