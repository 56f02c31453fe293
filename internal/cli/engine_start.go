package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/client-go/rest"

	"github.com/slipway-sh/slipway/internal/home"
)

const (
	engineProgram = "slipway-engine"
	startTimeout  = 30 * time.Second
	startGlance   = 5 * time.Millisecond
)

// errNeedsRoot says that only root can run containers.
var errNeedsRoot = errors.New("the engine needs root")

// engineRuns tells whether the engine of this machine answers: one whose disk is full lives, too, and says so itself.
func engineRuns(ctx context.Context, dir home.Dir) bool {
	cfg, err := engineConfig(dir)
	if err != nil {
		return false
	}
	cfg.Timeout = 2 * time.Second
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return false
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, cfg.Host+"/livez", nil)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// startEngine starts the engine in the background and returns how long it took until it answered.
func startEngine(ctx context.Context, dir home.Dir) (time.Duration, error) {
	begin := time.Now()
	program, err := findEngine()
	if err != nil {
		return 0, err
	}
	if err := dir.Create(); err != nil {
		return 0, fmt.Errorf("the engine's files: %w", err)
	}
	log, err := os.OpenFile(dir.EngineLog(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("the engine's log: %w", err)
	}
	defer log.Close()
	from, _ := log.Seek(0, 2)
	cmd := exec.Command(program) // not of ctx: it outlives the command that started it
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%s: %w", program, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	timeout := time.After(startTimeout)
	for !engineRuns(ctx, dir) {
		select {
		case err := <-ended:
			if engineRuns(ctx, dir) { // another start was quicker
				return time.Since(begin), nil
			}
			return 0, fmt.Errorf("the engine ended at once: %w\n%s", orEnded(err), tail(dir.EngineLog(), from))
		case <-timeout:
			return 0, fmt.Errorf("the engine does not answer after %s; see %s", startTimeout, dir.EngineLog())
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(startGlance):
		}
	}
	return time.Since(begin), nil
}

func orEnded(err error) error {
	if err == nil {
		return errors.New("without an error")
	}
	return err
}

// findEngine is the engine's program: beside this one, or in PATH.
func findEngine() (string, error) {
	if self, err := os.Executable(); err == nil {
		if self, err = filepath.EvalSymlinks(self); err == nil {
			beside := filepath.Join(filepath.Dir(self), engineProgram)
			if _, err := os.Stat(beside); err == nil {
				return beside, nil
			}
		}
	}
	found, err := exec.LookPath(engineProgram)
	if err != nil {
		return "", fmt.Errorf("the program %s is neither beside slipway nor in PATH; install it, or name a cluster with --context", engineProgram)
	}
	return filepath.Abs(found)
}

// tail is what was written to a file from there on, its last lines.
func tail(path string, from int64) []byte {
	text, err := os.ReadFile(path)
	if err != nil || int64(len(text)) < from {
		return nil
	}
	lines := bytes.Split(bytes.TrimSpace(text[from:]), []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-10):], []byte("\n"))
}
