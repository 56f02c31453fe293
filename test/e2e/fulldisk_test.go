package e2e

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/slipway-sh/slipway/test/harness"
)

// TestFullDisk fills the disk of an engine under an application that runs: what needs space is refused with one clear
// error and leaves nothing behind, the application goes on, and with space again everything works.
func TestFullDisk(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=96m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	b := newBoat(t, onEngine(harness.EngineAt(t, filepath.Join(disk, "slipway"))))
	tar := filepath.Join(t.TempDir(), "image.tar")
	b.Slipway(t, "image", "build", "--tag", "boat:2", "--build-arg", "GOFLAGS=-ldflags=-X=main.other=2", filepath.Join("testdata", "boat"))
	b.Slipway(t, "image", "save", "-o", tar, "boat:2")
	b.Slipway(t, "image", "rm", "boat:2")
	next := b.write(t, "next.yaml", strings.Replace(b.compose(t), version, `VERSION: "2"`, 1))

	before, images := b.rest(t, meant), b.images(t)
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	b.refused(t, []string{`image|\S*image\.tar`, `no space left on device`, `make room`}, nil, "image", "load", tar)
	if now := b.images(t); now != images {
		t.Errorf("the images changed:\n%s", now)
	}
	b.refused(t, []string{`\w+ shop`, `no space left on device`, `(?i)free`}, nil, "up", "-f", next)
	b.refused(t, []string{`\w+ other`, `no space left on device`, `(?i)free`}, nil, "up", "-p", "other", "-f", next)
	b.holds(t, before, meant)
	if err := b.serves(t, "1"); err != nil {
		t.Errorf("the version before: %v", err)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	b.Slipway(t, "image", "load", tar)
	b.Slipway(t, "up", "-f", next)
	eventually(t, "the next version", func() error { return b.serves(t, "2") })
}

// images are the names and the content of what the machine has.
func (b *boat) images(t *testing.T) string {
	t.Helper()
	var out []string
	for _, l := range strings.Split(b.Slipway(t, "image", "ls"), "\n") {
		if f := strings.Fields(l); len(f) > 1 {
			out = append(out, f[0]+" "+f[1])
		}
	}
	return strings.Join(out, "\n")
}

// fill takes all the space that a disk has.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = io.Copy(f, strings.NewReader(strings.Repeat("x", size)))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}
