package outbox

import (
	"os"
	"sync"

	"go.etcd.io/bbolt"
)

// ahead writes zeros into the part of the file that bbolt has grown into and not used. A page in a hole costs the file
// system an allocation, and each commit then a commit of its journal beside the two of bbolt; over zeros it costs
// neither. Nothing depends on them: after any failure, commits go into holes again.
type ahead struct {
	mu    sync.Mutex // held while it writes
	file  *os.File
	done  int64 // up to here nothing is a hole
	ended bool  // by stop or a failure
}

const (
	aheadLeft = 256 << 10 // bytes, when to write more
	aheadStep = 1 << 20
)

// due returns where to write zeros, and how many; 0 if there are enough. Pages behind used, the end of the last page
// that any transaction has had, hold nothing. It must not be called beside a writing transaction.
func (a *ahead) due(db *bbolt.DB) (at, n int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return 0, 0
	}
	var used int64
	if err := db.View(func(tx *bbolt.Tx) error { used = tx.Size(); return nil }); err != nil {
		return 0, 0
	}
	info, err := a.file.Stat()
	if err != nil || used+aheadLeft <= a.done {
		return 0, 0
	}
	at = max(used, a.done)
	return at, min(aheadStep, max(0, info.Size()-at))
}

// fill writes the zeros and syncs them, so that the next commit does not pay for it.
func (a *ahead) fill(at, n int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n == 0 || a.ended {
		return
	}
	_, err := a.file.WriteAt(make([]byte, n), at)
	if err == nil {
		err = a.file.Sync()
	}
	a.done, a.ended = at+n, err != nil
}

// stop returns when nothing is being written and nothing will be: the file's lock must not be given up before.
func (a *ahead) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended = true
}
