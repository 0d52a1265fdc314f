//go:build twin

package fail

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var (
	armed, passings = parse(os.Getenv(Env))
	passed          atomic.Int64
)

func parse(s string) (Point, int64) {
	name, times, found := strings.Cut(s, ":")
	if !found {
		return Point(name), 1
	}
	n, err := strconv.ParseInt(times, 10, 64)
	if err != nil {
		return "", 0
	}
	return Point(name), n
}

// Here kills this process with SIGKILL, or has its machine's power cut, if the environment arms this point and its
// number of passings is reached.
func Here(p Point) {
	if p != armed || passed.Add(1) != passings {
		return
	}
	if line := os.Getenv(TellEnv); line != "" {
		_ = os.WriteFile(line, []byte("at "+string(p)+"\n"), 0o600)
	} else {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	select {} // the end is on its way; nothing more may happen here
}
