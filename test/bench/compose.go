package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// compose is docker-compose with a dockerd of its own.
type compose struct {
	dir, image string
	daemon     *exec.Cmd
}

func newCompose(dir, image string) *compose {
	return &compose{dir: filepath.Join(dir, "docker"), image: image}
}

func (c *compose) name() string { return "docker-compose" }

func (c *compose) env() []string {
	return []string{"DOCKER_HOST=unix://" + c.dir + "/docker.sock", "COMPOSE_PROJECT_NAME=bench"}
}

func (c *compose) start(ctx context.Context) error {
	program, err := exec.LookPath("dockerd")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(c.dir, "dockerd.log"))
	if err != nil {
		return err
	}
	c.daemon = exec.Command(program, "--data-root", c.dir+"/root", "--exec-root", c.dir+"/run", "--pidfile", c.dir+"/pid", "-H", "unix://"+c.dir+"/docker.sock")
	c.daemon.Stdout, c.daemon.Stderr = log, log
	if err := c.daemon.Start(); err != nil {
		return err
	}
	return until(ctx, func() bool { return command(ctx, c.env(), "docker", "info") == nil })
}

func (c *compose) prepare(ctx context.Context) error {
	return command(ctx, c.env(), "docker", "load", "-i", c.image)
}

func (c *compose) write(version string) error {
	return os.WriteFile(filepath.Join(c.dir, "compose.yaml"), fmt.Appendf(nil, `version: "3.8"
services:
  app:
    image: %s
    restart: always
    environment: {VERSION: %q}
`, imageName, version), 0o644)
}

func (c *compose) run(ctx context.Context, replicas int) error {
	if err := command(ctx, c.env(), "docker-compose", "-f", filepath.Join(c.dir, "compose.yaml"), "up", "-d", "--scale", fmt.Sprintf("app=%d", replicas)); err != nil {
		return err
	}
	ips, err := c.addresses(ctx)
	if err != nil {
		return err
	}
	if len(ips) != replicas {
		return fmt.Errorf("%d containers run", len(ips))
	}
	for _, ip := range ips {
		if err := until(ctx, func() bool { return answers(quick, "http://"+ip+":8080/") }); err != nil {
			return err
		}
	}
	return nil
}

var quick = &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func (c *compose) containers(ctx context.Context) ([]string, error) {
	ids, err := output(ctx, c.env(), "docker", "ps", "-q", "--filter", "label=com.docker.compose.project=bench")
	return strings.Fields(ids), err
}

func (c *compose) addresses(ctx context.Context) ([]string, error) {
	ids, err := c.containers(ctx)
	if err != nil {
		return nil, err
	}
	out, err := output(ctx, c.env(), "docker", append([]string{"inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"}, ids...)...)
	return strings.Fields(out), err
}

func (c *compose) apply(ctx context.Context, replicas int) error {
	if err := c.write("1"); err != nil {
		return err
	}
	return c.run(ctx, replicas)
}

func (c *compose) grow(ctx context.Context, replicas int) error { return c.run(ctx, replicas) }

func (c *compose) kill(ctx context.Context) error {
	ids, err := c.containers(ctx)
	if err != nil || len(ids) == 0 {
		return fmt.Errorf("no container runs: %w", err)
	}
	out, err := output(ctx, c.env(), "docker", "inspect", "-f", "{{.State.Pid}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", ids[0])
	if err != nil {
		return err
	}
	var pid int
	var ip string
	if _, err := fmt.Sscan(out, &pid, &ip); err != nil {
		return err
	}
	if err := end(pid); err != nil {
		return err
	}
	return until(ctx, func() bool { return answers(quick, "http://"+ip+":8080/") })
}

func (c *compose) update(ctx context.Context, version string) error {
	if err := c.write(version); err != nil {
		return err
	}
	return c.run(ctx, 3)
}

// address is that of the first container: Compose has nothing that stands before the replicas, and gives the new one
// the address of the old.
func (c *compose) address(ctx context.Context) (string, error) {
	ips, err := c.addresses(ctx)
	if err != nil || len(ips) == 0 {
		return "", fmt.Errorf("no container runs: %w", err)
	}
	return "http://" + ips[0] + ":8080/", nil
}

func (c *compose) remove(ctx context.Context) error {
	return command(ctx, c.env(), "docker-compose", "-f", filepath.Join(c.dir, "compose.yaml"), "down", "-t", "1")
}

func (c *compose) stop(context.Context) error {
	if c.daemon == nil || c.daemon.Process == nil {
		return nil
	}
	_ = c.daemon.Process.Signal(syscall.SIGTERM)
	err := c.daemon.Wait()
	c.daemon = nil
	if _, ended := errors.AsType[*exec.ExitError](err); ended {
		return nil
	}
	return err
}
