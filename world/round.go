package world

import (
	"fmt"
	"time"

	"madoguchi/forms/rounds"
)

// roundFrom is a file with one round, which began yesterday and takes applications for half a year: a world must not
// close in the middle of a try-out.
func roundFrom(now time.Time) []byte {
	day := func(days int) string { return now.In(rounds.Japan).AddDate(0, 0, days).Format(time.DateOnly) }
	return fmt.Appendf(nil, `# When applications are taken. Times are Japan's.

[[round]]
id = "demo"
form = "nursery-application"
name = { ja = "保育園の利用申込み（デモ）", ja-easy = "保育園（ほいくえん）の申込（もうしこみ）（デモ）", en = "Nursery places (demo)" }
opens = %sT08:30:00
closes = %sT17:00:00
grace = "15m"
counts = "claimed"
papers_until = %s
`, day(-1), day(183), day(190))
}
