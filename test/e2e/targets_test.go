package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func asExit(err error, exit **exec.ExitError) bool { return errors.As(err, exit) }

// engineTarget starts an engine with a home of its own.
func engineTarget(t *testing.T) *target {
	t.Helper()
	root := filepath.Join(t.TempDir(), "slipway")
	tg := &target{name: "engine", root: root, env: []string{"SLIPWAY_ROOT=" + root}}
	t.Cleanup(func() {
		if out, err := tg.try("engine", "stop", "--all"); err != nil {
			t.Errorf("engine stop --all: %v\n%s", err, out)
		}
	})
	tg.load = func(t *testing.T, images ...string) {
		for _, i := range images {
			tg.slipway(t, "image", "load", i)
		}
	}
	tg.slipway(t, "engine", "start")
	tg.client = clientOf(t, filepath.Join(root, "kubeconfig"))
	tg.url = func(t *testing.T, _, path string) string {
		cm, err := tg.client.CoreV1().ConfigMaps("kube-system").Get(t.Context(), "slipway-gateway", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(cm.Data["url"], "/") + path
	}
	return tg
}

// kubernetesTarget starts a real Kubernetes: test/kubernetes.
func kubernetesTarget(t *testing.T) *target {
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
	tg := &target{name: "kubernetes", env: []string{"KUBECONFIG=" + kubeconfig, "SLIPWAY_ROOT=" + filepath.Join(dir, "slipway")}, flags: []string{"--context", "real"}, client: clientOf(t, kubeconfig), gapped: true}
	tg.load = func(t *testing.T, images ...string) { run(t, append([]string{"load", dir}, images...)...) }
	tg.url = tg.serviceURL
	return tg
}

// each runs a test on both targets, one after the other: they share the machine.
func each(t *testing.T, test func(*testing.T, *target)) {
	for _, kind := range []struct {
		name string
		make func(*testing.T) *target
	}{{"engine", engineTarget}, {"kubernetes", kubernetesTarget}} {
		t.Run(kind.name, func(t *testing.T) { test(t, kind.make(t)) })
	}
}
