package node_test

import (
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// status is what the kernel says of a program in a container.
func status(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(line, ":"); ok {
			out[k] = strings.TrimSpace(v)
		}
	}
	return out
}

func TestAContainerIsConfinedByDefault(t *testing.T) {
	r := newRoom(t)
	s := status(r.run(pod("p", "cat=/proc/self/status", "keyctl")))
	if s["CapBnd"] != "00000000a80425fb" || s["CapEff"] != "00000000a80425fb" {
		t.Errorf("capabilities %s of %s, not Docker's a80425fb", s["CapEff"], s["CapBnd"])
	}
	if s["Seccomp"] != "2" {
		t.Errorf("system calls are not filtered: Seccomp %s", s["Seccomp"])
	}
	if s["keyctl"] != "operation not permitted" {
		t.Errorf("keyctl: %s", s["keyctl"])
	}
	if s["NoNewPrivs"] != "0" {
		t.Errorf("NoNewPrivs %s, though nobody asked", s["NoNewPrivs"])
	}
	for _, path := range []string{"/proc/kcore", "/proc/keys", "/proc/timer_list"} {
		if _, err := os.Stat(path); err != nil {
			continue // this kernel has none
		}
		name := "masked" + strings.ReplaceAll(path, "/", "-")
		if out := r.run(pod(strings.ReplaceAll(name, "_", "-"), "cat="+path)); out != "" {
			t.Errorf("%s shows %d bytes", path, len(out))
		}
	}
	p := pod("ro", "write=/proc/sys/kernel/domainname:x")
	p.Spec.RestartPolicy = corev1.RestartPolicyNever
	r.create(p)
	r.until("ro", "failed", inPhase(corev1.PodFailed))
	if out := r.log("ro"); !strings.Contains(out, "read-only file system") {
		t.Errorf("/proc/sys: %q", out)
	}
}

func TestASecurityContextIsObeyed(t *testing.T) {
	r := newRoom(t)
	no, yes := false, true
	user, group := int64(1234), int64(77)
	p := pod("p", "id", "cat=/proc/self/status")
	p.Spec.SecurityContext = &corev1.PodSecurityContext{SupplementalGroups: []int64{55}}
	p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsUser: &user, RunAsGroup: &group, RunAsNonRoot: &yes,
		AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes,
		Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}, Add: []corev1.Capability{"NET_BIND_SERVICE"}}}
	out := r.run(p)
	if !strings.HasPrefix(out, "1234 77 [55 2000]\n") {
		t.Errorf("id %q", out[:min(40, len(out))])
	}
	s := status(out)
	if s["NoNewPrivs"] != "1" || s["CapBnd"] != "0000000000000400" || s["CapEff"] != "0000000000000000" {
		t.Errorf("NoNewPrivs %s, CapBnd %s, CapEff %s", s["NoNewPrivs"], s["CapBnd"], s["CapEff"])
	}
	p = pod("ro", "write=/f:x")
	p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{ReadOnlyRootFilesystem: &yes}
	p.Spec.RestartPolicy = corev1.RestartPolicyNever
	r.create(p)
	r.until("ro", "failed", inPhase(corev1.PodFailed))
	if out := r.log("ro"); !strings.Contains(out, "read-only file system") {
		t.Errorf("write to the root: %q", out)
	}
}

func TestAnImageThatRunsAsRootIsRefusedWhereRootIs(t *testing.T) {
	r := newRoom(t)
	yes := true
	p := pod("p", "wait")
	p.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: &yes}
	created := r.create(p)
	got := r.until("p", "waiting", func(p *corev1.Pod) bool {
		s := p.Status.ContainerStatuses
		return len(s) > 0 && s[0].State.Waiting != nil && s[0].State.Waiting.Reason == "CreateContainerConfigError"
	})
	want := `container has runAsNonRoot and image will run as root (pod: "p_shop(` + string(created.UID) + `)", container: main)`
	if m := got.Status.ContainerStatuses[0].State.Waiting.Message; m != want {
		t.Errorf("message %q, not %q", m, want)
	}
}

func TestAPrivilegedContainerIsNotConfined(t *testing.T) {
	r := newRoom(t)
	yes := true
	p := pod("p", "cat=/proc/self/status")
	p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: &yes}
	s := status(r.run(p))
	if s["Seccomp"] != "0" || s["CapEff"] == "00000000a80425fb" {
		t.Errorf("Seccomp %s, CapEff %s", s["Seccomp"], s["CapEff"])
	}
}
