package tview

import (
	"github.com/gdamore/tcell/v2"

	"madoguchi/flows"
	"madoguchi/ui"
)

const (
	tallFrom = 20 // rows from which a screen has air
	bigFrom  = 32 // rows from which what is pressed is three rows high
	widest   = 96 // columns of the body at most: longer rows are hard to read
)

// plan says which rows are for what. From the bottom, always in the same places: dock, footer, board, buttons, line;
// the body has what is left below the header.
type plan struct {
	left, right        int
	edge               int // of the header: right, unless a slip's code stands there
	code               int // the first column of the code
	tall, big          bool
	top, bottom        int // of the body, with what is wrong at its end
	line, lineRows     int // the line; no rows: none
	next, nextRows     int // the buttons; on a small screen a number is typed before them
	board, boardBottom int
	foot, footRows     int
}

func (v *view) plan(c canvas) plan {
	p := plan{tall: c.height >= tallFrom, big: c.height >= bigFrom, footRows: 1, nextRows: 1, lineRows: 1}
	p.left = max(1, (c.width-widest)/2)
	if p.tall {
		p.left = max(3, p.left)
	}
	if p.big {
		p.footRows, p.nextRows = 3, 3
	}
	p.right = c.width - p.left
	p.foot = c.height - v.dockRows(c.width, c.height) - p.footRows
	v.codeRoom(c, &p)
	takes := v.takes()
	words := takes == ui.TakesWords || takes == ui.TakesSecret
	number := v.pick == nil && (takes == ui.TakesNumber || takes == ui.TakesMany)
	if !words && !number {
		p.lineRows = 0
	}
	if p.big && words {
		p.lineRows = 3
	}
	if v.nextLabel() == "" && !v.later() && v.boardKeys() == nil && (p.tall || !number) {
		p.nextRows = 0
	}
	p.stack(v, words, number)
	return p
}

// stack puts the parts above the footer on each other.
func (p *plan) stack(v *view, words, number bool) {
	y, gap := p.foot, 0
	if p.tall {
		gap = 1
	}
	p.top = 1
	if p.tall {
		p.top = 5
	}
	if v.boardOpen() {
		if !p.tall { // the whole screen is the board, with the line above it
			p.next = y - 1
			p.board, p.boardBottom = max(2, p.next-len(v.boardKeys())), p.next
			p.line = p.board - 1
			p.top, p.bottom = 1, p.line
			return
		}
		p.boardBottom = y - gap
		p.board = y - gap - max(p.foot/3, 2*len(v.boardKeys())) // two rows for a finger
		y = p.board
	}
	y -= v.offerRows(p.right-p.left, p.tall)
	if p.nextRows > 0 {
		y -= p.nextRows + gap
		p.next = y
	}
	switch {
	case p.lineRows == 0:
	case !p.tall && number:
		p.line = p.next
	default:
		y -= p.lineRows + gap
		p.line = y
	}
	p.bottom = max(p.top, y-gap)
}

// lift moves line and buttons up to a short body: who sees little sees question and answer at once.
func (p *plan) lift(rows int) {
	p.bottom -= rows
	p.line -= rows
	p.next -= rows
}

// Draw draws the whole screen.
func (v *view) Draw(screen tcell.Screen) {
	v.front.gate.open()
	v.width, v.height = screen.Size()
	if v.scale() > 1 && !v.roomy() {
		v.setLarge(false)
	}
	v.few = screen.Colors() < manyColours
	c := newCanvas(screen, v.colours(), v.scale())
	v.hits = v.hits[:0]
	c.clear(plain)
	screen.HideCursor()
	if c.width >= 20 && c.height >= 6 { // or nothing can be said here
		v.draw(c)
	}
	v.ahead.drawn = v.frame.Seq
	if v.bell {
		v.bell = false
		_ = screen.Beep() // a terminal without a bell says nothing
	}
}

func (v *view) draw(c canvas) {
	p := v.plan(c)
	if v.front.dock != nil {
		v.drawDock(c, p.foot+p.footRows)
	}
	v.drawFooter(c, p)
	v.drawHeader(c, p)
	if v.frame.Screen.Alarm && !v.frame.Help && !v.looking() {
		v.drawAlarm(c, p)
		return
	}
	trouble := v.troubles(p.right - p.left - 2)
	trouble = trouble[:min(len(trouble), max(0, p.bottom-p.top-1))]
	rows := len(trouble)
	if p.tall && rows > 0 {
		rows++
	}
	v.fit(c, p, p.bottom-p.top-rows)
	if p.tall && v.pick == nil && !v.boardOpen() {
		p.lift(max(0, p.bottom-p.top-rows-len(v.page.lines)-1))
	}
	v.drawTrouble(c, p, trouble)
	p.bottom -= rows
	v.drawCode(c, p)
	v.drawBody(c, p) // before the buttons, which speak of what is in sight
	v.drawLine(c, p)
	v.drawButtons(c, p)
	switch {
	case v.boardOpen() && p.tall:
		v.drawBoard(c, p.left, p.right, p.board, p.boardBottom)
	case v.boardOpen():
		v.drawBoard(c, 0, c.width, p.board, p.boardBottom) // every column is needed
	case v.offerRows(p.right-p.left, p.tall) > 0:
		v.drawOffers(c, p.left, p.right, p.next+p.nextRows)
	}
}

// fit lays the body out for so much room unless it is.
func (v *view) fit(c canvas, p plan, height int) {
	if v.pick != nil && !v.frame.Help {
		v.page, v.visible = page{}, height
		return
	}
	if v.laid != [2]int{p.right - p.left, height} {
		v.page = v.lay(p.right-p.left, height, p)
		v.laid = [2]int{p.right - p.left, height}
	}
}

// lay gives the body air where there is room for it.
func (v *view) lay(width, height int, p plan) page {
	s := sheet{width: width, tall: p.tall, boxes: v.many(), hidden: v.hidden, coded: p.code > 0}
	if !p.tall {
		return s.lay(v.pieces, packed)
	}
	best := s.lay(v.pieces, roomy)
	if len(best.lines) > height && v.frame.Screen.Kind != flows.Review {
		for _, a := range []air{loose, snug, packed} {
			if best = s.lay(v.pieces, a); len(best.lines) <= height {
				return best
			}
		}
		s.tall = false
		if best = s.lay(v.pieces, snug); len(best.lines) <= height {
			return best
		}
		return s.lay(v.pieces, packed)
	}
	if picture := v.picture(); len(picture) > 0 && len(best.lines)+len(picture)+2 <= height {
		best.lines = append(best.lines, line{}, line{})
		for _, row := range picture {
			best.lines = append(best.lines, line{indent: 4, spans: []span{{row, accent}}})
		}
	}
	return best
}

// picture shows what is to be done with the card.
func (v *view) picture() []string {
	switch {
	case v.frame.Help:
	case v.frame.Screen.Kind == flows.InsertCard:
		return cardPicture
	case v.frame.Step == flows.StepTakeCard || v.frame.Screen.Alarm:
		return takePicture
	case v.frame.Screen.Secret != nil && v.frame.Screen.Secret.Pad:
		return padPicture
	}
	return nil
}

func (v *view) drawBody(c canvas, p plan) {
	if v.pick != nil && !v.frame.Help {
		v.pick.draw(c, p)
		return
	}
	v.visible = max(0, p.bottom-p.top)
	total := len(v.page.lines)
	v.scroll = max(0, min(v.scroll, total-v.visible))
	v.show(total)
	for y := p.top; y < p.bottom && v.scroll+y-p.top < total; y++ {
		v.drawRow(c, p, y, v.page.lines[v.scroll+y-p.top])
	}
	if v.visible == 0 {
		return
	}
	if v.scroll > 0 {
		v.arrow(c, p, p.top, "▲", atLess)
	}
	if v.scroll+v.visible < total {
		v.arrow(c, p, p.bottom-1, "▼", atMore)
		if more := v.say("ui.more"); p.tall {
			c.put(p.right-len([]rune(more))*2, p.bottom, p.right, more, accent)
			v.area(p.left, c.width, p.bottom, p.bottom+1, spot{kind: atMore})
		}
	}
}

// arrow draws, in the margin, that there is more, and takes a finger there.
func (v *view) arrow(c canvas, p plan, y int, mark string, s spotKind) {
	c.put(p.right, y, c.width, mark, accent)
	v.area(min(p.right, c.width-5), c.width, max(p.top, y-1), min(p.bottom, y+2), spot{kind: s})
}

// show scrolls so that the spot which was just reached is in sight.
func (v *view) show(total int) {
	start, ok := v.page.start[v.reveal]
	if !ok {
		return
	}
	end := v.page.end[v.reveal]
	switch {
	case v.takes() == ui.TakesTicks && (start < v.scroll || end >= v.scroll+v.visible), start < v.scroll:
		v.scroll = start
	case end >= v.scroll+v.visible:
		v.scroll = end - v.visible + 1
	}
	v.scroll = max(0, min(v.scroll, total-v.visible))
	v.reveal = spot{}
}
