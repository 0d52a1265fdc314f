package main

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"strings"

	"madoguchi/i18n"
)

// index writes the page that shows the gallery: a screen a row, a language a column, a size a section.
func index(into string, shots []shot) error {
	var out strings.Builder
	out.WriteString("<!doctype html><meta charset=\"utf-8\"><title>Madoguchi</title>\n" +
		"<style>body{font:16px sans-serif;margin:2em}img{max-width:100%}td{vertical-align:top;width:33%}</style>\n")
	for _, s := range sizes {
		fmt.Fprintf(&out, "<h1>%s</h1><table>\n", s)
		for _, shot := range shots {
			fmt.Fprintf(&out, "<tr><td colspan=3><h2>%s</h2><tr>", html.EscapeString(shot.name))
			for _, lang := range i18n.Langs() {
				if _, err := os.Stat(filepath.Join(into, s.String(), string(lang), shot.name+".png")); err != nil {
					continue // not at every size
				}
				src := filepath.ToSlash(filepath.Join(s.String(), string(lang), shot.name+".png"))
				fmt.Fprintf(&out, "<td><a href=%q><img loading=lazy src=%q alt=%q></a>", src, src, string(lang)+" "+shot.name)
			}
			out.WriteString("\n")
		}
		out.WriteString("</table>\n")
	}
	return os.WriteFile(filepath.Join(into, "index.html"), []byte(out.String()), 0o644)
}
