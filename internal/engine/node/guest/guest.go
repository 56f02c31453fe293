// Package guest gives tests a container image: a directory with one small static program that can do what
// containers do, well and badly.
//
// DESIGN. It is compiled from program/ when a test asks for it first, so that tests need no registry and no archive.
package guest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

var (
	once   sync.Once
	binary string
	failed error
)

// Layer is a new directory that holds /guest, /etc/passwd and /etc/group; see program/main.go for what it can do.
func Layer(t testing.TB) string {
	t.Helper()
	once.Do(build)
	if failed != nil {
		t.Fatal(failed)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nalice:x:1234:1235::/home/alice:/bin/sh\n")
	write("etc/group", "root:x:0:\nalice:x:1235:\nfriends:x:2000:alice\n")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(binary, filepath.Join(dir, "guest")); err != nil {
		b, err := os.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "guest"), b, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// build compiles the program into the user's cache, where the next test process finds it if nothing changed.
func build() {
	_, here, _, _ := runtime.Caller(0)
	tmp, err := os.MkdirTemp("", "guest")
	if err != nil {
		failed = err
		return
	}
	binary = filepath.Join(tmp, "guest")
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", binary, ".")
	cmd.Dir = filepath.Join(filepath.Dir(here), "program")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	failed = cmd.Run()
}

// Clean removes the compiled program; call it at the end of TestMain.
func Clean() {
	if binary != "" {
		_ = os.RemoveAll(filepath.Dir(binary))
	}
}
