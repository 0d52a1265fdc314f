package mailbox_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func (r *rig) get(addr, path string) (int, string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "http://"+addr+path, nil)
	r.must(err)
	response, err := http.DefaultClient.Do(request)
	r.must(err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	r.must(err)
	return response.StatusCode, string(text)
}

// TestHealthAndMetrics: what is told is true and names nobody.
func TestHealthAndMetrics(t *testing.T) {
	r := newRig(t)
	r.observe = "127.0.0.1:0"
	m, _ := r.serve()
	r.file(m)
	r.until("observed", func() bool { return m.Observed() != "" })
	if code, text := r.get(m.Observed(), "/healthz"); code != http.StatusOK || text != "ok\n" {
		t.Error(code, text)
	}
	code, text := r.get(m.Observed(), "/metrics")
	for _, want := range []string{"madoguchi_documents 1\n", "madoguchi_ledger_leaves 1\n", "madoguchi_held 0\n", "madoguchi_kiosks 1\n", "madoguchi_keyring_version 1\n", "# TYPE madoguchi_kiosk_waiting gauge\n"} {
		if code != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%d: no %q in\n%s", code, want, text)
		}
	}
	if code, _ := r.get(m.Observed(), "/debug/pprof/"); code != http.StatusNotFound {
		t.Error("more is served than said:", code)
	}
	if strings.Contains(text, r.enrolment.ClientID) || strings.Contains(text, r.city.Person.Name) {
		t.Error("it names somebody")
	}
}
