package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// boat is the smallest application that has everything a mistake could damage: a service that visitors reach, and one
// with data of its own.
type boat struct {
	*target
	dir string // others than root can read it
}

func newBoat(t *testing.T, tg *target) *boat {
	t.Helper()
	dir, err := os.MkdirTemp("", "boat")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	tg.Slipway(t, "image", "build", "--tag", "boat:1", filepath.Join("testdata", "boat"))
	tg.Ship(t, "boat:1")
	b := &boat{tg, dir}
	b.Slipway(t, "up", "-f", b.write(t, "compose.yaml", b.compose(t)))
	eventually(t, "the boat", func() error { return b.serves(t, "1") })
	return b
}

func (b *boat) compose(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "boat", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (b *boat) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// serves asks the boat for its version.
func (b *boat) serves(t *testing.T, version string) error {
	res, err := plain.Get(b.url(t, "api", "/"))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if got := strings.TrimSpace(string(text)); err == nil && got != version {
		err = fmt.Errorf("%s: version %q answers, want %q", res.Status, got, version)
	}
	return err
}

// refused runs a command that must fail: exit code 1, and one error, which begins and goes on as the patterns say.
func (b *boat) refused(t *testing.T, patterns []string, prepare func(*exec.Cmd), args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := b.Command(ctx, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if prepare != nil {
		prepare(cmd)
	}
	begin := time.Now()
	err := cmd.Run()
	text := stderr.String()
	t.Logf("%s: slipway %s (%.2f s)\n%s", b.Name, strings.Join(args, " "), time.Since(begin).Seconds(), text)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("%v, exit code 1 expected", err)
	}
	var said []string
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		if strings.HasPrefix(l, "slipway: ") || len(said) > 0 {
			said = append(said, strings.TrimPrefix(l, "slipway: "))
		}
		if n := len(said); n > 1 && !strings.HasPrefix(l, " ") && !strings.HasPrefix(l, "rolled back: ") {
			t.Errorf("this line is not part of one error: %s", l)
		}
	}
	last := strings.Join(said, "\n")
	for i, p := range patterns {
		if i == 0 {
			p = "^" + p
		}
		if !regexp.MustCompile(p).MatchString(last) {
			t.Errorf("the error does not say %s", p)
		}
	}
}
