package entry

// Key takes a key that is no character and reports whether it had a meaning here; Enter, Up, Down and Leave have one
// only while something is composed.
func (e *Entry) Key(k Key) bool {
	e.refused = false
	switch {
	case k == Switch:
		return e.next()
	case k == Clear:
		e.drop()
		e.line.Wipe()
		return true
	case e.conv != nil:
		return e.convKey(k)
	case e.Composing():
		return e.composeKey(k)
	}
	return e.lineKey(k)
}

// next goes on to the next mode, where the field has more than one.
func (e *Entry) next() bool {
	if !e.field.Converts() {
		return false
	}
	next := (e.mode + 1) % (Latin + 1)
	if next == Latin || e.conv != nil || e.literal {
		e.Flush()
	}
	e.mode = next
	return true
}

func (e *Entry) lineKey(k Key) bool {
	switch k {
	case Erase:
		e.line.Erase()
	case Delete:
		e.line.Delete()
	case Left, Shorter:
		e.line.Left()
	case Right, Longer:
		e.line.Right()
	case Home:
		e.line.Home()
	case End:
		e.line.End()
	default:
		return false
	}
	return true
}

func (e *Entry) composeKey(k Key) bool {
	switch k {
	case Enter:
		e.Flush()
	case Erase:
		e.eraseComposed()
	case Leave:
		if e.recalled {
			e.Flush()
		}
		e.drop()
	case Down:
		if !e.field.Converts() {
			return false
		}
		e.Convert()
	case Up, PageUp, PageDown:
	default:
		e.Flush()
		return e.lineKey(k)
	}
	return true
}

func (e *Entry) eraseComposed() {
	if e.roman.Erase() {
		return
	}
	n := len(e.reading) - 1
	e.reading[n] = 0
	if e.reading = e.reading[:n]; n == 0 {
		e.literal = false
	}
}

func (e *Entry) convKey(k Key) bool {
	c := e.conv
	switch k {
	case Enter:
		e.accept()
	case Erase, Leave:
		e.conv = nil
	case Down:
		c.move(1)
	case Up:
		c.move(-1)
	case PageDown:
		c.turn(1)
	case PageUp:
		c.turn(-1)
	case Left:
		c.focus = max(0, c.focus-1)
	case Right:
		c.focus = min(len(c.clauses)-1, c.focus+1)
	case Shorter:
		e.resize(-1)
	case Longer:
		e.resize(1)
	default:
		e.Flush()
		return e.lineKey(k)
	}
	return true
}
