package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The addresses of the cluster; the engine's own ranges are others, so that both can run side by side.
const (
	apiPort  = "16443"
	services = "10.143.0.0/16"
	dns      = "10.142.0.10" // outside of the services: kube-proxy drops what goes to an address there that no Service has
	pods     = "10.89.7.0/24"
	bridge   = "slipway-k8s"
	node     = "localhost" // the name is also how the API server reaches the kubelet, which listens on loopback alone
)

// cluster is one Kubernetes with all its state under one directory.
type cluster struct{ dir, self string }

func open(dir string) (*cluster, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	for _, d := range []string{"log", "cert", "kubelet", "cni", "volumes"} {
		if err := os.MkdirAll(filepath.Join(abs, d), 0o755); err != nil {
			return nil, err
		}
	}
	return &cluster{dir: abs, self: self}, nil
}

func (c *cluster) path(name ...string) string {
	return filepath.Join(append([]string{c.dir}, name...)...)
}

// start runs a program in the background, its output in log/NAME.log, and notes its process number.
func (c *cluster) start(name, program string, args ...string) error {
	log, err := os.Create(c.path("log", name+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	go func() { _ = cmd.Wait() }()
	f, err := os.OpenFile(c.path("pids"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, cmd.Process.Pid, name)
	return err
}

// running lists the processes that start noted, newest first.
func (c *cluster) running() []int {
	text, _ := os.ReadFile(c.path("pids"))
	var pids []int
	for _, line := range strings.Split(string(text), "\n") {
		if f := strings.Fields(line); len(f) == 2 {
			if pid, err := strconv.Atoi(f[0]); err == nil {
				pids = append([]int{pid}, pids...)
			}
		}
	}
	return pids
}

func sh(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// wait asks until the answer is yes; it says what it waited for when that does not come.
func (c *cluster) wait(ctx context.Context, what string, yes func() bool) error {
	for range 1200 {
		if yes() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("%s did not come within a minute; see %s", what, c.path("log"))
}
