package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"madoguchi/fault"
	"madoguchi/internal/durable"
	"madoguchi/internal/rig"
	"madoguchi/wire"
)

// The disk that fails on demand is a folder seen through FUSE, served by a process of its own: a page fault on it in this
// one would hold the very scheduler that has to answer it.
const (
	envFolder = "MADOGUCHI_SICK_FOLDER"
	envAt     = "MADOGUCHI_SICK_AT"
	illness   = ".ill" // behind the folder's name: a file that holds two errnos, of every write and of every sync
)

func TestMain(m *testing.M) {
	if rig.Role() == "sick-disk" {
		if err := serveSick(os.Getenv(envFolder), os.Getenv(envAt)); err != nil {
			fmt.Println("no FUSE here (root or fusermount3, and /dev/fuse):", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serveSick(folder, at string) error {
	root := &fs.LoopbackRoot{Path: folder, NewNode: func(data *fs.LoopbackRoot, _ *fs.Inode, _ string, _ *syscall.Stat_t) fs.InodeEmbedder {
		return &node{LoopbackNode: fs.LoopbackNode{RootData: data}}
	}}
	server, err := fs.Mount(at, root.NewNode(root, nil, "", nil), &fs.Options{MountOptions: fuse.MountOptions{DirectMount: true}})
	if err != nil {
		return err
	}
	fmt.Println("mounted")
	server.Wait()
	return nil
}

// sick is one such disk.
type sick struct {
	t      *testing.T
	folder string
	at     string
}

func newSick(t *testing.T) *sick {
	t.Helper()
	s := &sick{t: t, folder: filepath.Join(t.TempDir(), "folder"), at: t.TempDir()}
	if err := os.Mkdir(s.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	child := rig.Spawn(t, "sick-disk", envFolder+"="+s.folder, envAt+"="+s.at)
	t.Cleanup(func() { _ = syscall.Unmount(s.at, syscall.MNT_DETACH) })
	if line := <-child.Lines; line != "mounted" {
		t.Fatal(line)
	}
	go func() {
		for range child.Lines { // nothing more is said
		}
	}()
	return s
}

// falls makes every write and every sync fail so; 0, 0: it is well again.
func (s *sick) falls(write, sync syscall.Errno) {
	s.t.Helper()
	if err := durable.WriteFile(s.folder+illness, fmt.Appendf(nil, "%d %d", write, sync), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func ill(folder string) (write, sync syscall.Errno) {
	raw, err := os.ReadFile(folder + illness)
	if err == nil {
		_, _ = fmt.Sscanf(string(raw), "%d %d", &write, &sync)
	}
	return write, sync
}

type node struct{ fs.LoopbackNode }

func (n *node) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	f, _, errno := n.LoopbackNode.Open(ctx, flags)
	return n.handle(f), 0, errno
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	inode, f, _, errno := n.LoopbackNode.Create(ctx, name, flags, mode, out)
	return inode, n.handle(f), 0, errno
}

func (n *node) handle(f fs.FileHandle) fs.FileHandle {
	if l, ok := f.(*fs.LoopbackFile); ok {
		return &handle{LoopbackFile: l, folder: n.RootData.Path}
	}
	return f
}

type handle struct {
	*fs.LoopbackFile
	folder string
}

// PassthroughFd says no: the kernel would write past this program.
func (h *handle) PassthroughFd() (int, bool) { return 0, false }

func (h *handle) Write(ctx context.Context, data []byte, at int64) (uint32, syscall.Errno) {
	if e, _ := ill(h.folder); e != 0 {
		return 0, e
	}
	return h.LoopbackFile.Write(ctx, data, at)
}

func (h *handle) Fsync(ctx context.Context, flags uint32) syscall.Errno {
	if _, e := ill(h.folder); e != 0 {
		return e
	}
	return h.LoopbackFile.Fsync(ctx, flags)
}

// TestSickDisk: whatever the disk says, nobody is told that something is kept which is not, nothing kept before is
// lost, and when the disk is well again the outbox goes on by itself.
func TestSickDisk(t *testing.T) {
	for name, c := range map[string]struct{ write, sync syscall.Errno }{
		"full":               {syscall.ENOSPC, 0},
		"read-only":          {syscall.EROFS, 0},
		"write error":        {syscall.EIO, 0},
		"sync error":         {0, syscall.EIO},
		"full, at the sync":  {0, syscall.ENOSPC},
		"over quota":         {syscall.EDQUOT, 0},
		"write and sync bad": {syscall.EIO, syscall.EIO},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSick(t)
			o := open(t, filepath.Join(s.at, "outbox"))
			for n := range 5 {
				put(t, o, item(n, 4000))
			}
			s.falls(c.write, c.sync)
			for n := 5; n < 8; n++ {
				if _, err := o.Put(t.Context(), item(n, 4000)); !errors.Is(err, fault.DiskFailed) {
					t.Errorf("put: %v", err)
				}
			}
			if err := o.Settle(item(0, 0).ID, wire.Outcome{State: wire.Received}); !errors.Is(err, fault.DiskFailed) {
				t.Errorf("settle: %v", err)
			}
			s.falls(0, 0)
			put(t, o, item(9, 4000))
			kept := []int{1, 2, 3, 4, 9}
			sound(t, o, kept)
			_ = o.Close()
			sound(t, open(t, filepath.Join(s.folder, "outbox")), kept)
		})
	}
}

// sound requires what was kept to be there, whole. What was refused may be there too: a sync that failed has perhaps
// written; whoever was told "not kept" files again under another id, or has the same one answered with the first ticket.
func sound(t *testing.T, o *Outbox, kept []int) {
	t.Helper()
	there := map[wire.ID]Record{}
	for _, r := range pending(t, o) {
		there[r.ID] = r
	}
	for _, n := range kept {
		if it := item(n, 4000); !bytes.Equal(there[it.ID].Sealed, it.Sealed) {
			t.Errorf("%d is not kept", n)
		}
	}
	if o.Damaged() != 0 {
		t.Errorf("%d rows damaged", o.Damaged())
	}
}

// TestDiskFullIsToldBeforeThePIN: Room asks the disk itself.
func TestDiskFullIsToldBeforeThePIN(t *testing.T) {
	small := t.TempDir()
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=40m"); err != nil {
		t.Fatalf("no small disk here (needs root): %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(small, syscall.MNT_DETACH) })
	o := open(t, filepath.Join(small, "outbox"))
	if err := o.Room(wire.MaxSealed); !errors.Is(err, fault.OutboxFull) {
		t.Errorf("a disk of 40 MB has room: %v", err)
	}
	if _, err := os.Stat(filepath.Join(small, "outbox")); err != nil {
		t.Error(err)
	}
}
