package entry

// Piece is a part of what is composed, as it stands at the cursor.
type Piece struct {
	Text string
	Here bool // the clause that is being converted
}

// Pending returns what is composed and not decided, in pieces; the cursor stands behind the piece that is Here, or
// behind the last.
func (e *Entry) Pending() []Piece {
	if e.conv == nil {
		if text := e.shown(string(e.reading)) + e.roman.Held(); text != "" {
			return []Piece{{Text: text}}
		}
		return nil
	}
	var out []Piece
	for i, c := range e.conv.clauses {
		out = append(out, Piece{Text: c.candidates[c.at].Text, Here: i == e.conv.focus})
	}
	return out
}

// Page is the candidates on offer.
type Page struct {
	Candidates []Candidate // at most PageSize; the key of the first is 1
	At         int         // the chosen one of them
	Page, Of   int         // from 1
	More       bool        // there are clauses behind this one
}

// Offers returns the candidates for the clause that is being converted; none while nothing is.
func (e *Entry) Offers() Page {
	if e.conv == nil {
		return Page{}
	}
	c := e.conv.now()
	first := c.at / PageSize * PageSize
	last := min(first+PageSize, len(c.candidates))
	return Page{
		Candidates: c.candidates[first:last], At: c.at - first, Page: first/PageSize + 1, Of: (len(c.candidates) + PageSize - 1) / PageSize,
		More: e.conv.focus+1 < len(e.conv.clauses),
	}
}
