package harness

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Target is a Kubernetes that applications are delivered to.
type Target struct {
	Name   string
	Env    []string // what tells the commands where it is
	Flags  []string // for the commands that talk to a Kubernetes
	Root   string   // of the engine; empty on a real Kubernetes
	Config *rest.Config
	Client kubernetes.Interface
	Load   func(t *testing.T, images ...string) // brings archives of images to it
}

// Command is a run of the commands' program that knows where the target is.
func (tg *Target) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(os.Getenv("SLIPWAY_BIN"), "slipway"), tg.args(args)...)
	cmd.Env = append(os.Environ(), tg.Env...)
	return cmd
}

// args names the target to those commands that talk to a Kubernetes.
func (tg *Target) args(args []string) []string {
	if args[0] == "image" || args[0] == "engine" {
		return args
	}
	return append(append(args[:1:1], tg.Flags...), args[1:]...)
}

// Try runs a command and returns what it printed on both streams.
func (tg *Target) Try(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := tg.Command(ctx, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// Slipway runs a command that is expected to succeed.
func (tg *Target) Slipway(t *testing.T, args ...string) string {
	t.Helper()
	begin := time.Now()
	out, err := tg.Try(args...)
	t.Logf("%s: slipway %s (%.2f s)\n%s", tg.Name, strings.Join(args, " "), time.Since(begin).Seconds(), out)
	if err != nil {
		t.Fatalf("slipway %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// Ship brings an image of the commands' own store to a target that does not share it.
func (tg *Target) Ship(t *testing.T, ref string) {
	t.Helper()
	if tg.Root != "" {
		return
	}
	tar := filepath.Join(t.TempDir(), "image.tar")
	tg.Slipway(t, "image", "save", "-o", tar, ref)
	tg.Load(t, tar)
}

func (tg *Target) connect(t *testing.T, kubeconfig string) {
	t.Helper()
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	cfg.QPS, cfg.Burst = 200, 400
	tg.Config, tg.Client = cfg, kubernetes.NewForConfigOrDie(cfg)
}
