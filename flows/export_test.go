package flows

import "madoguchi/forms"

// Restored takes a draft up.
func Restored(form *forms.Form, content []byte) error {
	f := newFiling(&Terminal{}, &Session{}, form)
	_, err := f.restore(Kept{Content: content})
	return err
}
