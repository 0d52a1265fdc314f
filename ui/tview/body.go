package tview

import (
	"github.com/rivo/uniseg"

	"madoguchi/flows"
	"madoguchi/ui"
)

// line is one row of the body. What can be pressed is painted by where the person is, so its rows say which spot
// they belong to.
type line struct {
	indent int
	spans  []span
	spot   spot
	mark   string // what stands behind the number of the spot's first row: a box, a state
	first  bool
	head   bool // of a review group
	band   bool // the row is free and belongs to the spot above it: a finger's
}

// page is the body of one frame at one width.
type page struct {
	lines []line
	start map[spot]int // spot to its first row
	end   map[spot]int // spot to its last row; of a group: with its rows
}

// air is how much room is left free between things.
type air int

const (
	packed air = iota
	snug       // around the number only
	loose      // between all but choices
	roomy      // everywhere
)

// sheet is how pieces are laid out.
type sheet struct {
	width  int
	tall   bool // the number may be large
	boxes  bool // a box stands in front of each choice
	coded  bool // a slip's code stands beside this
	hidden bool // only the values of the present group are to be seen
}

// setter lays pieces out.
type setter struct {
	page
	sheet
	air   air
	most  int // the widest label of a pair
	state int // the column of the states of groups
	last  ui.Role
	group int
}

func (s sheet) lay(pieces []ui.Piece, a air) page {
	t := &setter{page: page{start: map[spot]int{}, end: map[spot]int{}}, sheet: s, air: a, group: -1}
	for _, p := range pieces {
		if p.Word != "" {
			t.state = max(t.state, uniseg.StringWidth(p.Word)+4)
		}
	}
	for i := 0; i < len(pieces); i++ {
		p := pieces[i]
		if i == 0 || p.Role == ui.Head || p.Role == ui.Words {
			t.most = widestLabel(pieces[i:])
		}
		if i > 0 {
			t.gap(p)
		}
		if p.Role == ui.Sight {
			i += t.sights(pieces[i:]) - 1
		} else {
			t.piece(p)
		}
		t.last = p.Role
		if t.group >= 0 && p.Role != ui.Words {
			t.end[spot{atOption, t.group}] = len(t.lines) - 1
		}
	}
	return t.page
}

// widestLabel is the width of the widest label up to the next group: values stand near what they belong to.
func widestLabel(pieces []ui.Piece) int {
	most := 0
	for i, p := range pieces {
		if i > 0 && p.Role == ui.Head {
			break
		}
		if p.Role == ui.Pair || p.Role == ui.Mark {
			most = max(most, uniseg.StringWidth(p.Label))
		}
	}
	return most
}

// gap leaves a row free where the eye should rest; between choices it is the finger's.
func (s *setter) gap(p ui.Piece) {
	same := s.last == p.Role && p.Role != ui.Para && p.Role != ui.Head
	near := same || s.last == ui.Pair && p.Role == ui.Mark || s.last == ui.Label || p.Role == ui.Who || (s.last == ui.Who || s.last == ui.Head) && p.Role == ui.Pair ||
		(s.last == ui.Ask || s.last == ui.Tries) && (p.Role == ui.Faint || p.Role == ui.Tries)
	if p.Role == ui.Words {
		s.group = -1
	}
	around := p.Role == ui.Big || s.last == ui.Big
	switch {
	case s.air == roomy && same && p.Role == ui.Item:
		s.lines = append(s.lines, line{spot: spot{atOption, p.Index - 1}, band: true})
	case s.air >= loose && !near, s.air == snug && around:
		s.blank()
	}
}

func (s *setter) blank() { s.lines = append(s.lines, line{}) }

func (s *setter) piece(p ui.Piece) {
	switch p.Role {
	case ui.Label:
		text := p.Text
		if p.No != "" {
			text = p.No + "  " + text
		}
		s.text(0, text, faint)
	case ui.Ask, ui.Strong:
		s.text(0, p.Text, accent)
	case ui.Faint, ui.Note:
		s.text(0, p.Text, faint)
	case ui.Item:
		s.item(p, spot{atOption, p.Index})
	case ui.Box:
		s.item(p, spot{kind: atBox})
	case ui.Head:
		s.item(p, spot{atOption, p.Index})
		s.group = p.Index
	case ui.Who:
		s.text(6, p.Text, faint)
	case ui.Pair:
		s.pair(p)
	case ui.Mark:
		if !s.coded {
			s.pair(p)
		}
	case ui.Big:
		s.number(p)
	case ui.Words:
		s.words(p)
	default:
		s.text(0, p.Text, plain)
	}
}

func (s *setter) text(indent int, text string, t tone) {
	for _, row := range wrap(text, s.width-indent) {
		s.lines = append(s.lines, line{indent: indent, spans: []span{{row, t}}})
	}
}

// item lays out what can be pressed; its number and mark are painted in front of it.
func (s *setter) item(p ui.Piece, at spot) {
	s.start[at] = len(s.lines)
	mark, t := s.markOf(p)
	indent := margin + uniseg.StringWidth(mark)
	if s.boxes {
		indent += boxWidth
	}
	for i, row := range wrap(p.Text, s.width-indent) {
		l := line{indent: indent, spans: []span{{row, t}}, spot: at, head: p.Role == ui.Head}
		if i == 0 {
			l.first, l.mark = true, mark
		}
		s.lines = append(s.lines, l)
	}
	if p.Label != "" {
		for _, row := range wrap(p.Label, s.width-indent) {
			s.lines = append(s.lines, line{indent: indent, spans: []span{{row, faint}}, spot: at})
		}
	}
	s.end[at] = len(s.lines) - 1
}

// markOf is what stands before the text of an item, its box or how far its group has come, and how loud the text is:
// what is done is not what the eye looks for.
func (s *setter) markOf(p ui.Piece) (string, tone) {
	switch {
	case (p.Box || p.Role == ui.Box) && p.On:
		return "[✓] ", strong
	case p.Box || p.Role == ui.Box:
		return "[ ] ", strong
	case p.State == flows.GroupDone:
		return pad("✓ "+p.Word, s.state), plain
	case p.State == flows.GroupOpen:
		return pad("○ "+p.Word, s.state), strong
	case p.State == flows.GroupNone:
		return pad("- "+p.Word, s.state), faint
	}
	return "", strong
}

// margin is the width of mark and number in front of an option: "▶ 12  ".
const margin = 6

// boxWidth is the width of the box in front of one of several answers: "[1] ".
const boxWidth = 4

// numberWidth is the column of a review's official numbers: "10-1 ".
const numberWidth = 5

// narrow is the width below which a label may stand above its value.
const narrow = 60

// covered is what stands for a value that is not to be seen: its length says nothing.
const covered = "●●●●●"

// column is where the values of pairs begin, behind labels and their numbers.
func (s *setter) column(number int) int { return min(max(16, number+s.most)+2, s.width*3/5) }

// pair lays a label beside its value, or above it where the screen is narrow.
func (s *setter) pair(p ui.Piece) {
	from := len(s.lines)
	if s.width < narrow {
		s.narrowPair(p)
	} else {
		s.widePair(p)
	}
	if s.group < 0 {
		return
	}
	for i := from; i < len(s.lines); i++ {
		s.lines[i].spot = spot{atOption, s.group}
	}
}

func (s *setter) widePair(p ui.Piece) {
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
		s.lines = append(s.lines, line{indent: indent, spans: []span{{pad(left, column-indent), faint}, {right, strong}}})
	}
}

func (s *setter) narrowPair(p ui.Piece) {
	label := p.Label
	if s.group >= 0 {
		label = pad(p.No, numberWidth-1) + " " + label
	}
	const column = 16
	if uniseg.StringWidth(label) < column && column+uniseg.StringWidth(p.Text) <= s.width {
		s.lines = append(s.lines, line{spans: []span{{pad(label, column), faint}, {p.Text, strong}}})
		return
	}
	s.text(0, label, faint)
	s.text(4, p.Text, strong)
}

func (s *setter) number(p ui.Piece) {
	rows := large(p.Text, s.width)
	if !s.tall || rows == nil {
		s.lines = append(s.lines, line{spans: []span{{p.Label + "  ", faint}, {" " + p.Text + " ", chosen}}})
		return
	}
	s.lines = append(s.lines, line{spans: []span{{p.Label + "  ", faint}, {p.Text, strong}}})
	if s.air == roomy {
		s.blank()
	}
	for _, row := range rows {
		s.lines = append(s.lines, line{spans: []span{{row, accent}}})
	}
	if s.air == packed {
		s.blank()
	}
}

func (s *setter) words(p ui.Piece) {
	label := p.Label + "  "
	if s.width >= narrow { // in the column of the pairs that follow
		label = pad(label, s.column(0))
	}
	if uniseg.StringWidth(label+p.Text) <= s.width {
		s.lines = append(s.lines, line{spans: []span{{label, faint}, {p.Text, accent}}})
		return
	}
	s.text(0, p.Label, faint)
	s.text(2, p.Text, accent)
}
