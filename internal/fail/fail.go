// Package fail names the points at which a test kills the process for real, to show that what was accepted
// outlives it. A point does nothing in an ordinary build; only the build tag "twin" compiles the kill.
//
// Error model: there are no errors; a point either returns or the process is gone.
package fail

// Point is the name of one place in the program.
type Point string

// The points, in the order in which a submission passes them.
const (
	OutboxCreated  Point = "outbox.create.before-rename" // the new file is complete under its temporary name
	PutWritten     Point = "outbox.put.before-commit"    // the row is in the transaction, nothing is on disk
	PutCommitted   Point = "outbox.put.after-commit"     // on disk, the caller does not know it yet
	Publishing     Point = "courier.publish.before"      // about to be sent
	Published      Point = "courier.publish.after"       // the broker has acknowledged it
	ReceiptArrived Point = "courier.receive.before"      // a receipt is in memory only
	SettleWritten  Point = "outbox.settle.before-commit" // the outcome is in the transaction, nothing is on disk
	Settled        Point = "outbox.settle.after-commit"  // the outcome is on disk, the receipt not acknowledged
)

// The points of a draft.
const (
	DraftBegun Point = "drafts.put.before-write" // nothing is on disk
	DraftKept  Point = "drafts.put.after-write"  // on disk, the caller does not know it yet
)

// All returns every point that a submission passes.
func All() []Point {
	return []Point{OutboxCreated, PutWritten, PutCommitted, Publishing, Published, ReceiptArrived, SettleWritten, Settled}
}

// Env is the environment variable that arms a point in a twin build: "<point>" or "<point>:<n>" to die at the
// n-th passing, counted from 1.
const Env = "MADOGUCHI_FAIL"

// TellEnv is the environment variable that names a device to which an armed point is told ("at <point>") in place of
// the kill: who listens there takes the machine's power.
const TellEnv = "MADOGUCHI_FAIL_TELL"
