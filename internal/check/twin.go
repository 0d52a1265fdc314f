//go:build twin

package check

import (
	"sync"
	"testing"
)

var off sync.Map

// Off reports whether a test has switched the check off.
func Off(n Name) bool {
	_, isOff := off.Load(n)
	return isOff
}

// Without switches exactly the named check off until the test ends.
func Without(t testing.TB, n Name) {
	t.Helper()
	off.Store(n, true)
	t.Cleanup(func() { off.Delete(n) })
}
