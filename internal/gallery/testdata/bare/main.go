// Command bare is the least tview program: what the kiosk's cold start is compared with.
//
// Error model: it panics.
package main

import "github.com/rivo/tview"

func main() {
	if err := tview.NewApplication().SetRoot(tview.NewTextView().SetText("なにをしますか"), true).Run(); err != nil {
		panic(err)
	}
}
