package tview

import (
	"github.com/rivo/uniseg"

	"madoguchi/flows"
	"madoguchi/ui"
)

// boardKey is a key of the board, the keys on the screen for fingers and for the five keys.
type boardKey struct {
	label string
	wide  int  // shares of the row; 0: one
	at    bool // the candidate that Enter takes
	do    func()
}

// fewKeys is up to how many keys the five keys walk one by one; a larger board is walked row by row.
const fewKeys = 12

// boardKeys returns the board that fits the screen, nil when nothing is typed there.
func (v *view) boardKeys() [][]boardKey {
	switch s := v.frame.Screen; {
	case v.takes() == ui.TakesSecret:
		return v.secretBoard(s.Secret.Shape)
	case v.types():
		return v.wordsBoard()
	}
	return nil
}

var (
	digitRows  = []string{"123", "456", "789", "0"}
	letterRows = []string{"1234567890", "ABCDEFGHIJ", "KLMNOPQRST", "UVWXYZ"}
)

// secretBoard has the digits where they are on a telephone, or the letters in the order of the alphabet: who has
// never typed looks for them there.
func (v *view) secretBoard(shape flows.SecretShape) [][]boardKey {
	rows := digitRows
	if shape == flows.Password {
		rows = letterRows
	}
	var out [][]boardKey
	for _, row := range rows {
		var keys []boardKey
		for _, r := range row {
			keys = append(keys, boardKey{label: string(r), do: func() { v.secret.Add(r) }})
		}
		out = append(out, keys)
	}
	last := len(out) - 1
	wide := len(out[0]) - len(out[last])
	out[last] = append(out[last], boardKey{label: v.say("ui.board.erase"), wide: wide, do: v.secret.Erase})
	return out
}

// boardOpen reports whether the board is on the screen.
func (v *view) boardOpen() bool { return v.board && v.boardKeys() != nil }

func (v *view) openBoard() { v.board = true }

func (v *view) turnBoard() {
	v.board = !v.board
	v.laid = [2]int{}
}

// boardRing is the board's part of the ring.
func (v *view) boardRing() []spot {
	rows := v.boardKeys()
	if rows == nil {
		return nil
	}
	out := []spot{{kind: atKeys}}
	if !v.board {
		return out
	}
	n := 0
	for _, row := range rows {
		n += len(row)
	}
	for i := range n {
		out = append(out, spot{atKey, i})
	}
	if n <= fewKeys {
		return out
	}
	out = out[:1]
	for i := range rows {
		out = append(out, spot{atRow, i})
	}
	return out
}

// rowKeys are the keys of one row.
func (v *view) rowKeys(row int) []spot {
	var out []spot
	n := 0
	for i, keys := range v.boardKeys() {
		for range keys {
			if i == row {
				out = append(out, spot{atKey, n})
			}
			n++
		}
	}
	return out
}

func (v *view) enterRow(row int) {
	if keys := v.rowKeys(row); len(keys) > 0 {
		v.inRow, v.focus = row, keys[0]
	}
}

func (v *view) leaveRow() { v.focus, v.inRow = spot{atRow, v.inRow}, -1 }

// strike presses the n-th key of the board.
func (v *view) strike(n int) {
	for _, keys := range v.boardKeys() {
		if n < len(keys) {
			v.notice.Key = ""
			keys[n].do()
			return
		}
		n -= len(keys)
	}
}

// drawBoard draws the board between two rows of the screen.
func (v *view) drawBoard(c canvas, left, right, top, bottom int) {
	rows := v.boardKeys()
	high := max(1, (bottom-top)/len(rows))
	n := 0
	for i, keys := range rows {
		y := top + i*high
		if y >= bottom {
			return
		}
		v.drawKeys(c, left, right, y, high, i, n, keys)
		n += len(keys)
	}
}

func (v *view) drawKeys(c canvas, left, right, y, high, row, n int, keys []boardKey) {
	shares := 0
	for _, k := range keys {
		shares += max(1, k.wide)
	}
	widest := max(shares, v.widestRow())
	x := left
	for i, k := range keys {
		end := x + (right-left)*max(1, k.wide)/widest
		t := button
		here := k.at || v.focus == spot{atKey, n + i} || v.focus == spot{atRow, row}
		if here {
			t = chosen
		}
		for line := range max(1, high-1) {
			c.fill(x, y+line, end-1, t)
		}
		mark := ""
		if here {
			mark = "▶"
		}
		to := end - 1
		if x+uniseg.StringWidth(mark+k.label) > to { // the narrowest keys have no room for the mark beside the gap
			to = end
		}
		c.centre(x, to, y+max(1, high-1)/2, mark+k.label, t)
		v.area(x, end, y, y+high, spot{atKey, n + i})
		x = end
	}
}

// widestRow is the number of shares of the widest row, so that keys stand below each other.
func (v *view) widestRow() int {
	most := 1
	for _, keys := range v.boardKeys() {
		n := 0
		for _, k := range keys {
			n += max(1, k.wide)
		}
		most = max(most, n)
	}
	return most
}
