package tview

import (
	"strings"

	"github.com/rivo/uniseg"

	"madoguchi/ui"
)

// line is one row of the body. Choices and heads are painted by what is chosen at the moment, so their rows say
// which option they belong to.
type line struct {
	indent int
	spans  []span
	option int // index of the option that a touch of this row means, -1: none
	first  bool
	head   bool // of a review group
}

// page is the body of one frame at one width.
type page struct {
	lines []line
	start map[int]int // option to its first row
	end   map[int]int // option to its last row; of a group: with its rows
}

// setter lays pieces out at a width.
type setter struct {
	page
	width int
	air   air
	most  int  // the widest label of a pair
	tall  bool // the number may be large
	boxes bool // a box stands in front of each choice
	last  ui.Role
	group int
}

// air is how much room is left free between things.
type air int

const (
	packed air = iota
	snug       // around the number only
	roomy
)

func lay(pieces []ui.Piece, width int, a air, tall, boxes bool) page {
	s := &setter{page: page{start: map[int]int{}, end: map[int]int{}}, width: width, air: a, tall: tall, boxes: boxes, group: -1}
	for i, p := range pieces {
		if i == 0 || p.Role == ui.Head || p.Role == ui.Words {
			s.most = widestLabel(pieces[i:])
		}
		if i > 0 {
			s.gap(p)
		}
		s.piece(p)
		s.last = p.Role
		if s.group >= 0 && p.Role != ui.Words {
			s.end[s.group] = len(s.lines) - 1
		}
	}
	return s.page
}

// widestLabel is the width of the widest label up to the next group: values stand near what they belong to.
func widestLabel(pieces []ui.Piece) int {
	most := 0
	for i, p := range pieces {
		if i > 0 && p.Role == ui.Head {
			break
		}
		if p.Role == ui.Pair {
			most = max(most, uniseg.StringWidth(p.Label))
		}
	}
	return most
}

// gap leaves a row free where the eye should rest.
func (s *setter) gap(p ui.Piece) {
	same := s.last == p.Role && p.Role != ui.Para && p.Role != ui.Head
	close := same || s.last == ui.Label || p.Role == ui.Who || (s.last == ui.Who || s.last == ui.Head) && p.Role == ui.Pair ||
		(s.last == ui.Ask || s.last == ui.Tries) && (p.Role == ui.Faint || p.Role == ui.Tries)
	if p.Role == ui.Words {
		s.group = -1
	}
	around := p.Role == ui.Big || s.last == ui.Big
	if s.air == roomy && !close || s.air == snug && around {
		s.lines = append(s.lines, line{option: -1})
	}
}

func (s *setter) piece(p ui.Piece) {
	switch p.Role {
	case ui.Label:
		text := p.Text
		if p.No != "" {
			text = p.No + "  " + text
		}
		s.text(0, text, span{style: faint})
	case ui.Ask:
		s.text(0, p.Text, span{style: accent})
	case ui.Faint, ui.Note:
		s.text(0, p.Text, span{style: faint})
	case ui.Strong:
		s.text(0, p.Text, span{style: accent})
	case ui.Item:
		s.item(p)
	case ui.Head:
		s.item(p)
		s.group = p.Index
	case ui.Who:
		s.text(6, p.Text, span{style: faint})
	case ui.Pair:
		s.pair(p)
	case ui.Big:
		s.number(p)
	case ui.Words:
		s.words(p)
	default:
		s.text(0, p.Text, span{style: normal})
	}
}

func (s *setter) text(indent int, text string, as span) {
	for _, row := range wrap(text, s.width-indent) {
		s.lines = append(s.lines, line{indent: indent, spans: []span{{row, as.style}}, option: -1})
	}
}

// item lays a choice or head out; its mark and number are painted in front of it.
func (s *setter) item(p ui.Piece) {
	s.start[p.Index] = len(s.lines)
	margin := margin
	if s.boxes {
		margin += boxWidth
	}
	for i, row := range wrap(p.Text, s.width-margin) {
		s.lines = append(s.lines, line{indent: margin, spans: []span{{row, strong}}, option: p.Index, first: i == 0, head: p.Role == ui.Head})
	}
	if p.Label != "" {
		for _, row := range wrap(p.Label, s.width-margin) {
			s.lines = append(s.lines, line{indent: margin, spans: []span{{row, faint}}, option: p.Index})
		}
	}
	s.end[p.Index] = len(s.lines) - 1
}

// margin is the width of mark and number in front of an option: "▶ 12  ".
const margin = 6

// boxWidth is the width of the box in front of one of several answers: "[1] ".
const boxWidth = 4

// numberWidth is the column of a review's official numbers: "10-1 ".
const numberWidth = 5

// narrow is the width below which a label may stand above its value.
const narrow = 60

// column is where the values of pairs begin, behind labels and their numbers.
func (s *setter) column(number int) int { return min(max(16, number+s.most)+2, s.width*3/5) }

// pair lays a label beside its value, or above it where the screen is narrow.
func (s *setter) pair(p ui.Piece) {
	if s.width < narrow {
		s.narrowPair(p)
		return
	}
	indent, number := 0, 0
	if s.group >= 0 {
		indent, number = margin, numberWidth
	}
	column := indent + s.column(number)
	labels := wrap(p.Label, column-indent-number-2)
	values := wrap(p.Text, s.width-column)
	for i := range max(len(labels), len(values)) {
		no, left, right := "", "", ""
		if i == 0 {
			no = p.No
		}
		if i < len(labels) {
			left = labels[i]
		}
		if i < len(values) {
			right = values[i]
		}
		left = pad(no, number) + left
		s.lines = append(s.lines, line{indent: indent, spans: []span{{pad(left, column-indent), faint}, {right, strong}}, option: -1})
	}
}

func (s *setter) narrowPair(p ui.Piece) {
	label := p.Label
	if s.group >= 0 {
		label = pad(p.No, numberWidth-1) + " " + label
	}
	const column = 16
	if uniseg.StringWidth(label) < column && column+uniseg.StringWidth(p.Text) <= s.width {
		s.lines = append(s.lines, line{spans: []span{{pad(label, column), faint}, {p.Text, strong}}, option: -1})
		return
	}
	s.text(0, label, span{style: faint})
	s.text(4, p.Text, span{style: strong})
}

func (s *setter) number(p ui.Piece) {
	rows := large(p.Text, s.width)
	if !s.tall || rows == nil {
		s.lines = append(s.lines, line{spans: []span{{p.Label + "  ", faint}, {" " + p.Text + " ", chosen}}, option: -1})
		return
	}
	s.lines = append(s.lines, line{spans: []span{{p.Label + "  ", faint}, {p.Text, strong}}, option: -1})
	if s.air == roomy {
		s.lines = append(s.lines, line{option: -1})
	}
	for _, row := range rows {
		s.lines = append(s.lines, line{spans: []span{{row, accent}}, option: -1})
	}
	if s.air == packed {
		s.lines = append(s.lines, line{option: -1})
	}
}

func (s *setter) words(p ui.Piece) {
	label := p.Label + "  "
	if s.width >= narrow { // in the column of the pairs that follow
		label = pad(label, s.column(0))
	}
	if uniseg.StringWidth(label+p.Text) <= s.width {
		s.lines = append(s.lines, line{spans: []span{{label, faint}, {p.Text, accent}}, option: -1})
		return
	}
	s.text(0, p.Label, span{style: faint})
	s.text(2, strings.TrimSpace(p.Text), span{style: accent})
}
