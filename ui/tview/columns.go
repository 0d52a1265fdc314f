package tview

import (
	"madoguchi/ui"
)

// columnGap is the room between two columns.
const columnGap = 3

// sights lays out who will see what, a recipient a column, or one below the other where the screen is narrow. It
// returns how many pieces it has used.
func (s *setter) sights(pieces []ui.Piece) int {
	n := 0
	var cells [][]ui.Piece
	for _, p := range pieces {
		if p.Role != ui.Sight && p.Role != ui.Who && p.Role != ui.Field {
			break
		}
		if p.Role == ui.Sight {
			cells = append(cells, nil)
		}
		cells[len(cells)-1] = append(cells[len(cells)-1], p)
		n++
	}
	across := min(len(cells), 3)
	if s.width < narrow {
		across = 1
	}
	for from := 0; from < len(cells); from += across {
		if from > 0 {
			s.blank()
		}
		s.beside(cells[from:min(from+across, len(cells))], across)
	}
	return n
}

// beside lays cells out beside each other.
func (s *setter) beside(cells [][]ui.Piece, across int) {
	width := (s.width - columnGap*(across-1)) / across
	var columns [][]span
	most := 0
	for _, cell := range cells {
		column := s.cell(cell, width)
		columns = append(columns, column)
		most = max(most, len(column))
	}
	for row := range most {
		l := line{}
		for i, column := range columns {
			if i > 0 {
				l.spans = append(l.spans, span{pad("", columnGap), plain})
			}
			part := span{tone: plain}
			if row < len(column) {
				part = column[row]
			}
			part.text = pad(part.text, width)
			l.spans = append(l.spans, part)
		}
		s.lines = append(s.lines, l)
	}
}

// cell is what one recipient sees, as rows of one column.
func (s *setter) cell(pieces []ui.Piece, width int) []span {
	var out []span
	add := func(first, indent, text string, t tone) {
		for i, row := range wrap(text, width-len(indent)) {
			if i > 0 {
				first = indent
			}
			out = append(out, span{first + row, t})
		}
	}
	for _, p := range pieces {
		switch p.Role {
		case ui.Sight:
			add(" ", " ", p.Text, button)
		case ui.Who:
			add("", "", p.Text, faint)
		default:
			add("・", "  ", p.Text, strong)
		}
	}
	return out
}
