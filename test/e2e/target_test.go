package e2e

import (
	"bytes"
	"context"
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
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// target is a Kubernetes that applications are delivered to.
type target struct {
	name   string
	env    []string // what tells the commands where it is
	flags  []string // for the commands that talk to a Kubernetes
	client kubernetes.Interface
	root   string // of the engine; empty on a real Kubernetes
	load   func(t *testing.T, images ...string)
	url    func(t *testing.T, service, path string) string // where a service of the namespace shop answers
	gapped bool                                            // its Services may lose requests while a pod goes
}

func bin(name string) string { return filepath.Join(os.Getenv("SLIPWAY_BIN"), name) }

// try runs a command and returns what it printed on both streams.
func (tg *target) try(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin("slipway"), args...)
	cmd.Env = append(os.Environ(), tg.env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// slipway runs a command that is expected to succeed.
func (tg *target) slipway(t *testing.T, args ...string) string {
	t.Helper()
	begin := time.Now()
	out, err := tg.try(append(args[:1:1], append(tg.flagsFor(args[0]), args[1:]...)...)...)
	t.Logf("%s: slipway %s (%.2f s)\n%s", tg.name, strings.Join(args, " "), time.Since(begin).Seconds(), out)
	if err != nil {
		t.Fatalf("slipway %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// fails runs a command that is expected to fail with exit code 1 and to say each of the words.
func (tg *target) fails(t *testing.T, words []string, args ...string) string {
	t.Helper()
	out, err := tg.try(append(args[:1:1], append(tg.flagsFor(args[0]), args[1:]...)...)...)
	t.Logf("%s: slipway %s\n%s", tg.name, strings.Join(args, " "), out)
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

func (tg *target) flagsFor(command string) []string {
	if command == "image" || command == "engine" {
		return nil
	}
	return tg.flags
}

// pods returns the pods of a service of the shop that are not on their way out.
func (tg *target) pods(t *testing.T, service string) []corev1.Pod {
	t.Helper()
	list, err := tg.client.CoreV1().Pods("shop").List(t.Context(), metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=" + service})
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

// pid finds the first process of a container: number 1 in its own process namespace, in the pod's UTS namespace.
func pid(t *testing.T, pod *corev1.Pod, program string) int {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range entries {
		status, _ := os.ReadFile(dir + "/status")
		env, _ := os.ReadFile(dir + "/environ")
		if !bytes.Contains(status, []byte("\nNSpid:\t")) || !bytes.Contains(status, []byte("\t1\n")) || !bytes.Contains(env, []byte("HOSTNAME="+pod.Name+"\x00")) {
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

func clientOf(t *testing.T, kubeconfig string) kubernetes.Interface {
	t.Helper()
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	cfg.QPS, cfg.Burst = 200, 400
	return kubernetes.NewForConfigOrDie(cfg)
}

// serviceURL reaches a service at its ClusterIP, which this machine routes on both targets.
func (tg *target) serviceURL(t *testing.T, service, path string) string {
	t.Helper()
	svc, err := tg.client.CoreV1().Services("shop").Get(t.Context(), service, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "http", Host: fmt.Sprintf("%s:%d", svc.Spec.ClusterIP, svc.Spec.Ports[0].Port), Path: path}).String()
}

var plain = &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
