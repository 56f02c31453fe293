package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/test/harness"
)

// target is a Kubernetes and where its applications answer.
type target struct {
	*harness.Target
	url    func(t *testing.T, service, path string) string // where a service of the namespace shop answers
	gapped bool                                            // its Services may lose requests while a pod goes
}

// fails runs a command that is expected to fail with exit code 1 and to say each of the words.
func (tg *target) fails(t *testing.T, words []string, args ...string) string {
	t.Helper()
	out, err := tg.Try(args...)
	t.Logf("%s: slipway %s\n%s", tg.Name, strings.Join(args, " "), out)
	var exit *exec.ExitError
	if err == nil || !asExit(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("slipway %s: %v, exit code 1 expected", strings.Join(args, " "), err)
	}
	for _, w := range words {
		if !strings.Contains(out, w) {
			t.Errorf("slipway %s does not say %q", strings.Join(args, " "), w)
		}
	}
	return out
}

// pods returns the pods of a service of the shop that are not on their way out.
func (tg *target) pods(t *testing.T, service string) []corev1.Pod {
	t.Helper()
	list, err := tg.Client.CoreV1().Pods("shop").List(t.Context(), metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=" + service})
	if err != nil {
		t.Fatal(err)
	}
	var out []corev1.Pod
	for _, p := range list.Items {
		if p.DeletionTimestamp == nil && p.Status.Phase != corev1.PodFailed {
			out = append(out, p)
		}
	}
	return out
}

// eventually asks until the answer is nil, for two minutes at the most.
func eventually(t *testing.T, what string, ask func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if err = ask(); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

// pid finds the first process of a container: number 1 in its own process namespace, in the pod's control group.
func pid(t *testing.T, pod *corev1.Pod, program string) int {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range entries {
		status, _ := os.ReadFile(dir + "/status")
		group, _ := os.ReadFile(dir + "/cgroup")
		if !bytes.Contains(status, []byte("\nNSpid:\t")) || !bytes.Contains(status, []byte("\t1\n")) || !bytes.Contains(group, []byte("/pod"+string(pod.UID)+"/")) {
			continue
		}
		if comm, _ := os.ReadFile(dir + "/comm"); strings.TrimSpace(string(comm)) == program {
			var n int
			_, _ = fmt.Sscanf(filepath.Base(dir), "%d", &n)
			return n
		}
	}
	t.Fatalf("no process of pod %s is called %s", pod.Name, program)
	return 0
}

// serviceURL reaches a service at its ClusterIP, which this machine routes on both targets.
func (tg *target) serviceURL(t *testing.T, service, path string) string {
	t.Helper()
	svc, err := tg.Client.CoreV1().Services("shop").Get(t.Context(), service, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "http", Host: fmt.Sprintf("%s:%d", svc.Spec.ClusterIP, svc.Spec.Ports[0].Port), Path: path}).String()
}

var plain = &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
