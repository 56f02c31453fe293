package e2e

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/test/harness"
)

func asExit(err error, exit **exec.ExitError) bool { return errors.As(err, exit) }

// engineTarget starts an engine; its applications answer at its gateway.
func engineTarget(t *testing.T) *target {
	t.Helper()
	return onEngine(harness.Engine(t))
}

func onEngine(h *harness.Target) *target {
	tg := &target{Target: h}
	tg.url = func(t *testing.T, _, path string) string {
		cm, err := tg.Client.CoreV1().ConfigMaps("kube-system").Get(t.Context(), "slipway-gateway", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(cm.Data["url"], "/") + path
	}
	return tg
}

// kubernetesTarget starts a real Kubernetes; it has no ingress controller.
func kubernetesTarget(t *testing.T) *target {
	t.Helper()
	tg := &target{Target: harness.Kubernetes(t), gapped: true}
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
