//go:build !twin

package fail

// Here marks a point; it does nothing in this build.
func Here(Point) {}
