package linear

import (
	"fmt"

	"madoguchi/i18n"
	"madoguchi/ui"
)

// dockCommand moves the demo's world, or says that there is no such command.
func (f *Front) dockCommand(word, rest string) {
	if f.dock == nil {
		f.say("ui.linear.nocommand")
		f.prompt()
		return
	}
	switch word {
	case "/card":
		f.insert(rest)
	case "/remove":
		f.dock.Remove()
	case "/net":
		f.dock.SetNetwork(!f.dock.Network())
	case "/dock":
		f.tellDock()
	default:
		f.say("ui.linear.nocommand")
		f.prompt()
	}
}

func (f *Front) insert(number string) {
	cards := f.dock.Cards()
	i, ok := ui.Number(number, len(cards))
	if !ok {
		f.tellDock()
		return
	}
	if err := f.dock.Insert(cards[i].Name); err != nil {
		f.say("ui.dock.failed")
	}
}

func (f *Front) tellDock() {
	for i, c := range f.dock.Cards() {
		key := "ui.linear.card"
		if c.Inserted {
			key = "ui.linear.cardin"
		}
		f.say(key, "No", i+1, "Label", c.Label, "Auth", c.AuthPIN, "Sign", c.SignPIN)
	}
	f.either(f.dock.Network(), "ui.linear.online", "ui.linear.offline")
	outbox := f.dock.Outbox()
	f.write(fmt.Sprintf("%s: %d\n", i18n.T("ui.dock.outbox").Say(lang(f.frame)), len(outbox)))
	for _, line := range outbox {
		f.write(ui.Clean(line) + "\n")
	}
	f.prompt()
}
