package linear

import "io"

// maxInput is the longest line in bytes; the rest of a longer one is dropped.
const maxInput = 8192

// read cuts the input into lines. It keeps bytes, never strings: a line may be a secret, and every buffer that
// held one is wiped.
func (f *Front) read(in io.Reader) {
	defer close(f.lines)
	chunk := make([]byte, maxInput)
	line := make([]byte, 0, maxInput)
	for {
		n, err := in.Read(chunk)
		for _, b := range chunk[:n] {
			switch {
			case b == '\n':
				f.lines <- append([]byte{}, line...)
				clear(line)
				line = line[:0]
			case len(line) < maxInput:
				line = append(line, b)
			}
		}
		clear(chunk[:n])
		if err != nil {
			if len(line) > 0 {
				f.lines <- append([]byte{}, line...)
			}
			clear(line)
			return
		}
	}
}
