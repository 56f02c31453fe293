package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Engine starts an engine with a home of its own.
func Engine(t *testing.T) *Target {
	t.Helper()
	return EngineAt(t, filepath.Join(t.TempDir(), "slipway"))
}

// EngineAt starts an engine whose home is the directory root.
func EngineAt(t *testing.T, root string) *Target {
	t.Helper()
	tg := &Target{Name: "engine", Root: root, Env: []string{"SLIPWAY_ROOT=" + root}}
	t.Cleanup(func() {
		if text, err := os.ReadFile(filepath.Join(root, "engine.log")); t.Failed() && err == nil {
			lines := strings.Split(strings.TrimSpace(string(text)), "\n")
			t.Logf("the engine's last lines:\n%s", strings.Join(lines[max(0, len(lines)-40):], "\n"))
		}
		if out, err := tg.Try("engine", "stop", "--all"); err != nil {
			t.Errorf("engine stop --all: %v\n%s", err, out)
		}
	})
	tg.Load = func(t *testing.T, images ...string) {
		for _, i := range images {
			tg.Slipway(t, "image", "load", i)
		}
	}
	tg.Slipway(t, "engine", "start")
	tg.connect(t, filepath.Join(root, "kubeconfig"))
	return tg
}

// Kubernetes starts a real Kubernetes: test/kubernetes.
func Kubernetes(t *testing.T) *Target {
	t.Helper()
	dir, err := os.MkdirTemp("", "slipway-kubernetes")
	if err != nil {
		t.Fatal(err)
	}
	program := os.Getenv("SLIPWAY_KUBERNETES")
	run := func(t *testing.T, args ...string) {
		t.Helper()
		if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
		}
	}
	t.Cleanup(func() {
		run(t, "down", dir)
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	run(t, "up", dir)
	kubeconfig := filepath.Join(dir, "kubeconfig")
	tg := &Target{Name: "kubernetes", Env: []string{"KUBECONFIG=" + kubeconfig, "SLIPWAY_ROOT=" + filepath.Join(dir, "slipway")}, Flags: []string{"--context", "real"}}
	tg.Load = func(t *testing.T, images ...string) { run(t, append([]string{"load", dir}, images...)...) }
	tg.connect(t, kubeconfig)
	return tg
}
