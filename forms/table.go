package forms

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"io/fs"
	"strings"

	"madoguchi/i18n"
)

// The columns of a table, in order. Tags are separated by blanks.
var columns = []string{"code", "kana", "ja", "en", "tags", "note.ja", "note.ja-easy", "note.en", "was"}

// table reads a file of tab-separated values. The definition names its hash, so that a form's digest covers it.
func (r *resolver) table(d *tableDef) ([]valueDef, error) {
	if r.tables == nil {
		return nil, r.fail("table %q: there is no folder of tables", d.File)
	}
	raw, err := fs.ReadFile(r.tables, d.File)
	if err != nil {
		return nil, r.fail("table %q: %w", d.File, err)
	}
	if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != d.SHA256 {
		return nil, r.fail("table %q: its SHA-256 is %x", d.File, sum)
	}
	if len(raw) > maxDefinition {
		return nil, r.fail("table %q: over %d bytes", d.File, maxDefinition)
	}
	values, err := readTable(raw)
	if err != nil {
		return nil, r.fail("table %q: %w", d.File, err)
	}
	return values, nil
}

// readTable reads the lines of a table; the first names the columns.
func readTable(raw []byte) ([]valueDef, error) {
	in := csv.NewReader(bytes.NewReader(raw))
	in.Comma, in.Comment, in.LazyQuotes, in.FieldsPerRecord = '\t', '#', true, len(columns)
	lines, err := in.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 || strings.Join(lines[0], "\t") != strings.Join(columns, "\t") {
		return nil, csv.ErrFieldCount
	}
	var out []valueDef
	for _, line := range lines[1:] {
		out = append(out, lineValue(line))
	}
	return out, nil
}

// lineValue is one line. The easy label is the Japanese one with its reading.
func lineValue(c []string) valueDef {
	v := valueDef{Code: c[0], Kana: c[1], Tags: strings.Fields(c[4]), Was: strings.Fields(c[8])}
	v.Label = words{string(i18n.Ja): c[2], string(i18n.JaEasy): c[2] + "（" + hiragana(c[1]) + "）", string(i18n.En): c[3]}
	if c[5]+c[6]+c[7] != "" {
		v.Note = words{string(i18n.Ja): c[5], string(i18n.JaEasy): c[6], string(i18n.En): c[7]}
	}
	return v
}
