//go:build powercut

package powercut

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// archive writes the "newc" format of cpio, which the kernel unpacks as its first file system.
type archive struct {
	bytes.Buffer
	inode int
}

func (a *archive) add(name string, mode int, content []byte) {
	a.inode++
	fmt.Fprintf(a, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		a.inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name)+1, 0, name)
	a.pad()
	a.Write(content)
	a.pad()
}

func (a *archive) pad() { a.Write(make([]byte, (4-a.Len()%4)%4)) }

const (
	folder = 0o040755
	plain  = 0o100644
	tool   = 0o100755
)

// firstFiles is the guest program with the modules of the disk.
func firstFiles(t *testing.T, kernel string) string {
	t.Helper()
	a := &archive{}
	for _, dir := range []string{"dev", "proc", "tmp", "data"} {
		a.add(dir, folder, nil)
	}
	guest := filepath.Join(t.TempDir(), "guest")
	build := exec.Command("go", "build", "-buildvcs=false", "-tags", "twin", "-ldflags", "-s -w", "-o", guest, "./guest")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	a.add("init", tool, must(os.ReadFile(guest))(t))
	var list strings.Builder
	for _, file := range needed(t, kernel, "virtio_pci", "virtio_blk") {
		name := "/" + filepath.Base(file)
		a.add(name[1:], plain, must(os.ReadFile(file))(t))
		fmt.Fprintln(&list, name)
	}
	a.add("modules", plain, []byte(list.String()))
	a.add("TRAILER!!!", 0, nil)
	name := filepath.Join(t.TempDir(), "initramfs")
	if err := os.WriteFile(name, a.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// needed returns the files of kernel modules, each behind those that it depends on, as their .modinfo says.
func needed(t *testing.T, kernel string, names ...string) (files []string) {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(filepath.Join(kernel, "lib", "modules"), func(path string, _ fs.DirEntry, err error) error {
		if name, ok := strings.CutSuffix(filepath.Base(path), ".ko"); ok {
			all[strings.ReplaceAll(name, "-", "_")] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		file, ok := all[strings.ReplaceAll(name, "-", "_")]
		if !ok || seen[file] { // not there: built in
			return
		}
		seen[file] = true
		for _, on := range depends(t, file) {
			visit(on)
		}
		files = append(files, file)
	}
	for _, name := range names {
		visit(name)
	}
	return files
}

func depends(t *testing.T, file string) []string {
	t.Helper()
	f := must(elf.Open(file))(t)
	defer func() { _ = f.Close() }()
	info := must(f.Section(".modinfo").Data())(t)
	for line := range bytes.SplitSeq(info, []byte{0}) {
		if on, ok := strings.CutPrefix(string(line), "depends="); ok && on != "" {
			return strings.Split(on, ",")
		}
	}
	return nil
}
