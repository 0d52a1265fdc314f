package pcscd

import (
	_ "embed" // libudev's stand-in
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"madoguchi/device/sim/ifd"
)

//go:embed udev/udev.c
var udevSource []byte

// record is the size of what udev.c reads at once.
const record = 256

// bundle is how a driver tells pcscd which USB devices are its own; ours have a vendor that nobody has.
const bundle = `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0">
<dict>
	<key>CFBundleExecutable</key>
	<string>libmadoguchi-ifd.so</string>
	<key>ifdCapabilities</key>
	<string>0x00000000</string>
	<key>ifdVendorID</key>
	<array><string>0x4D44</string></array>
	<key>ifdProductID</key>
	<array><string>0x4D44</string></array>
	<key>ifdFriendlyName</key>
	<array><string>Plugged</string></array>
</dict>
</plist>
`

var compiledUdev = sync.OnceValues(func() ([]byte, error) { return compile("udev", udevSource, "-ldl") })

// StartPlug runs pcscd with these readers and a USB port: readers come and go in it by Plug, by the way that udev
// tells pcscd of real ones. A configuration that changes pcscd never reads again.
func StartPlug(t testing.TB, readers ...Reader) *Daemon {
	t.Helper()
	configure(t, readers)
	code, err := compiledUdev()
	if err != nil {
		t.Fatal(err)
	}
	handler, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	place := filepath.Join(home(), "drivers", "plugged.bundle", "Contents")
	if err := os.MkdirAll(filepath.Join(place, "Linux"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{
		filepath.Join(home(), "udev.so"): code, filepath.Join(place, "Info.plist"): []byte(bundle),
		filepath.Join(place, "Linux", "libmadoguchi-ifd.so"): handler,
	} {
		if err := os.WriteFile(path, data, 0o700); err != nil { //nolint:gosec // shared objects
			t.Fatal(err)
		}
	}
	_ = os.Remove(usb())
	if err := syscall.Mkfifo(usb(), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &Daemon{t: t, env: []string{
		"LD_PRELOAD=" + filepath.Join(home(), "udev.so"), "UDEV_PIPE=" + usb(), "UDEV_DRIVERS=" + filepath.Join(home(), "drivers"),
	}}
	d.Run()
	t.Cleanup(d.Kill)
	return d
}

func usb() string { return filepath.Join(home(), "usb") }

// Plug plugs a reader in; out pulls it out again, and its simulator ends with the test. A name is plugged in once.
func (d *Daemon) Plug(name string, slot *ifd.Slot) (out func()) {
	d.t.Helper()
	node := filepath.Join(home(), "usb-"+name)
	l, err := net.Listen("unix", node)
	if err != nil {
		d.t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- ifd.Serve(l, slot) }()
	gone := sync.OnceFunc(func() {
		_ = l.Close()
		if err := <-served; err != nil {
			d.t.Error(err)
		}
	})
	d.t.Cleanup(gone)
	d.uevent("add", name, node)
	return func() {
		gone()
		d.uevent("remove", name, node)
	}
}

// uevent tells pcscd what udev would.
func (d *Daemon) uevent(action, name, node string) {
	d.t.Helper()
	text := action + "\x00" + name + "\x00" + node
	if len(text) >= record {
		d.t.Fatal("too long: " + node)
	}
	pipe, err := os.OpenFile(usb(), os.O_RDWR, 0)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = pipe.Close() }()
	if _, err := pipe.Write(append([]byte(text), make([]byte, record-len(text))...)); err != nil {
		d.t.Fatal(err)
	}
}

// compile makes a shared object of a source.
func compile(name string, source []byte, more ...string) ([]byte, error) {
	path, object := filepath.Join(home(), name+".c"), filepath.Join(home(), name+".so")
	if err := os.WriteFile(path, source, 0o600); err != nil {
		return nil, err
	}
	args := append([]string{"-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o", object, path}, more...)
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil { //nolint:gosec // the words above
		return nil, fmt.Errorf("compiling %s (`make needs` installs gcc): %w\n%s", name, err, out)
	}
	return os.ReadFile(object)
}
