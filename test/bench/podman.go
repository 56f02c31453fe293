package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// podman is "podman kube play", without a daemon. It has no replicas and no readiness: three pods are played, and
// ready is when they answer.
type podman struct{ dir, image string }

func newPodman(dir, image string) *podman {
	return &podman{dir: filepath.Join(dir, "podman"), image: image}
}

func (p *podman) name() string { return "podman" }

func (p *podman) run(ctx context.Context, args ...string) (string, error) {
	return output(ctx, []string{"CONTAINERS_CONF=" + p.dir + "/containers.conf"}, "podman", append([]string{"--root", p.dir + "/root", "--runroot", p.dir + "/run", "--cgroup-manager", "cgroupfs", "--runtime", "runc", "--events-backend", "file"}, args...)...)
}

func (p *podman) start(ctx context.Context) error {
	if _, err := exec.LookPath("podman"); err != nil {
		return err
	}
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return err
	}
	// Podman asks for more open files than a machine without CAP_SYS_RESOURCE gives.
	limits := "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=1024:1024\"]\n"
	if err := os.WriteFile(filepath.Join(p.dir, "containers.conf"), []byte(limits), 0o644); err != nil {
		return err
	}
	_, err := p.run(ctx, "info")
	return err
}

func (p *podman) prepare(ctx context.Context) error {
	_, err := p.run(ctx, "load", "-i", p.image)
	return err
}

func (p *podman) write(replicas int, version string) error {
	var b strings.Builder
	for i := range replicas {
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: bench-%d}\nspec:\n  restartPolicy: Always\n  containers:\n  - {name: app, image: %q, imagePullPolicy: Never, env: [{name: VERSION, value: %q}]}\n", i, imageName, version)
	}
	return os.WriteFile(filepath.Join(p.dir, "pods.yaml"), []byte(b.String()), 0o644)
}

func (p *podman) play(ctx context.Context, replicas int, version string, flags ...string) error {
	if err := p.write(replicas, version); err != nil {
		return err
	}
	if _, err := p.run(ctx, append(append([]string{"kube", "play"}, flags...), filepath.Join(p.dir, "pods.yaml"))...); err != nil {
		return err
	}
	for i := range replicas {
		ip, err := p.ip(ctx, i)
		if err != nil {
			return err
		}
		if err := until(ctx, func() bool { return answers(quick, "http://"+ip+":8080/") }); err != nil {
			return err
		}
	}
	return nil
}

// ip is a pod's address, which its first container, podman's pause, holds.
func (p *podman) ip(ctx context.Context, i int) (string, error) {
	infra, err := p.run(ctx, "pod", "inspect", "-f", "{{.InfraContainerID}}", fmt.Sprintf("bench-%d", i))
	if err != nil {
		return "", err
	}
	out, err := p.run(ctx, "inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", strings.TrimSpace(infra))
	return strings.TrimSpace(out), err
}

func (p *podman) apply(ctx context.Context, replicas int) error { return p.play(ctx, replicas, "1") }

// grow plays all pods anew: podman cannot add to what it has played.
func (p *podman) grow(ctx context.Context, replicas int) error {
	if err := p.remove(ctx); err != nil {
		return err
	}
	return p.play(ctx, replicas, "2")
}

func (p *podman) kill(ctx context.Context) error {
	out, err := p.run(ctx, "inspect", "-f", "{{.State.Pid}}", "bench-0-app")
	if err != nil {
		return err
	}
	var pid int
	if _, err := fmt.Sscan(out, &pid); err != nil {
		return err
	}
	ip, err := p.ip(ctx, 0)
	if err != nil {
		return err
	}
	if err := end(pid); err != nil {
		return err
	}
	return until(ctx, func() bool { return answers(quick, "http://"+ip+":8080/") })
}

func (p *podman) update(ctx context.Context, version string) error {
	return p.play(ctx, 3, version, "--replace")
}

func (p *podman) address(ctx context.Context) (string, error) {
	ip, err := p.ip(ctx, 0)
	return "http://" + ip + ":8080/", err
}

func (p *podman) remove(ctx context.Context) error {
	_, err := p.run(ctx, "kube", "down", filepath.Join(p.dir, "pods.yaml"))
	return err
}

func (p *podman) stop(context.Context) error { return nil }
