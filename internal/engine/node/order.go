package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/node/confine"
	"github.com/slipway-sh/slipway/internal/engine/node/environ"
	"github.com/slipway-sh/slipway/internal/engine/node/keeper"
	"github.com/slipway-sh/slipway/internal/image"
)

// order is one attempt to be started; it holds copies of what it needs of the worker.
type order struct {
	w       *worker
	pod     *corev1.Pod
	spec    *corev1.Container
	attempt int
	id      string
	ready   setup
	imageID string // "" before the first attempt
}

// plan is what an order comes to.
type plan struct {
	image image.Image
	spec  *keeper.Spec
	done  func() // to be called once it is started, or will not be
}

// carryOut gets the image, makes the plan, has it noted, and starts the container.
func (o *order) carryOut(ctx context.Context, note func(*plan) error) (*keeper.Container, error) {
	img, layers, err := o.image(ctx)
	if err != nil {
		return nil, err
	}
	p, err := o.plan(img, layers)
	if err != nil {
		return nil, err
	}
	defer p.done()
	if err := note(p); err != nil {
		return nil, err
	}
	o.w.eventOf(o.spec.Name, corev1.EventTypeNormal, "Created", "Container created")
	var started *keeper.Container
	// From here on it is begun, and reported, even if the pod is being deleted: what runs must be known to be stopped.
	ctx = o.w.ctx
	err = o.w.n.keeper.do(ctx, func(c *keeper.Client) (err error) {
		started, err = c.Start(ctx, p.spec)
		return err
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &startError{reason: "RunContainerError", err: err}
	}
	o.w.eventOf(o.spec.Name, corev1.EventTypeNormal, "Started", "Container started")
	return started, nil
}

func configError(err error) error { return &startError{reason: "CreateContainerConfigError", err: err} }

func (o *order) plan(img image.Image, layers []string) (*plan, error) {
	n := o.w.n
	env, err := environ.Build(n.Store, o.pod, o.spec, n.machine.allocatable())
	if err != nil {
		return nil, configError(err)
	}
	mounts, done, err := n.volumes.Mounts(o.pod, o.spec, o.id, env)
	if err != nil {
		return nil, configError(err)
	}
	p := &plan{image: img, done: done}
	if p.spec, err = o.keeperSpec(img, layers, env, mounts); err != nil {
		done()
		return nil, configError(err)
	}
	return p, nil
}

func (o *order) keeperSpec(img image.Image, layers []string, env environ.Vars, mounts []confine.Mount) (*keeper.Spec, error) {
	w := o.w
	own, err := o.ownMounts()
	if err != nil {
		return nil, err
	}
	in := &confine.Input{
		Pod: o.pod, Container: o.spec, QOS: qos(o.pod), Cgroup: w.n.cgroup(o.pod.UID) + "/" + fmt.Sprintf("%s-%d", o.spec.Name, o.attempt),
		Hostname: hostname(o.pod), NetNS: o.ready.at.NetNS, IPC: o.ready.spaces.ipc, UTS: o.ready.spaces.uts, Shm: o.ready.spaces.shm,
		Mounts:    append(withoutOverlaid(own, mounts), mounts...),
		ImageUser: img.Config.Config.User, SeccompDir: filepath.Join(w.n.Home.Root, "seccomp"),
	}
	if in.Passwd, err = readFromLayers(layers, "etc/passwd"); err != nil {
		return nil, err
	}
	if in.Group, err = readFromLayers(layers, "etc/group"); err != nil {
		return nil, err
	}
	cfg, who, err := confine.Config(in)
	if err != nil {
		return nil, err
	}
	command, err := o.command(img, env)
	if err != nil {
		return nil, err
	}
	s := &keeper.Spec{
		ID: o.id, Layers: layers, Config: cfg, Dir: filepath.Join(w.containerDir(o.spec.Name), "root-"+strconv.Itoa(o.attempt)),
		LogPath: w.n.logPath(w.uid, o.spec.Name, o.attempt), ExitPath: w.exitPath(o.spec.Name, o.attempt),
		Process: keeper.Process{Args: command, Env: o.environment(img, env, who), Cwd: o.spec.WorkingDir, UID: who.UID, GID: who.GID,
			Groups: who.Groups, Stdin: o.spec.Stdin, TTY: o.spec.TTY},
	}
	if s.Process.Cwd == "" {
		s.Process.Cwd = img.Config.Config.WorkingDir
	}
	if s.Process.Cwd == "" {
		s.Process.Cwd = "/"
	}
	return s, nil
}

// command is what to run: command replaces the image's entrypoint and its arguments, args only the latter.
func (o *order) command(img image.Image, env environ.Vars) ([]string, error) {
	command := environ.ExpandAll(o.spec.Command, env.Lookup)
	args := environ.ExpandAll(o.spec.Args, env.Lookup)
	c := img.Config.Config
	if len(command) == 0 {
		command = c.Entrypoint
		if len(args) == 0 {
			args = c.Cmd
		}
	}
	all := append(append([]string{}, command...), args...)
	if len(all) == 0 {
		return nil, errors.New("no command specified: neither the container nor its image says what to run")
	}
	return all, nil
}

// environment adds what Kubernetes' runtimes set themselves.
func (o *order) environment(img image.Image, env environ.Vars, who confine.Account) []string {
	base := append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + who.Home}, img.Config.Config.Env...)
	if o.spec.TTY {
		base = append(base, "TERM=xterm")
	}
	return env.List(append(base, "HOSTNAME="+hostname(o.pod)))
}

// ownMounts are the files that every container gets.
func (o *order) ownMounts() ([]confine.Mount, error) {
	w := o.w
	etc := filepath.Join(w.dir(), "etc")
	out := []confine.Mount{
		{Source: filepath.Join(etc, "hosts"), Path: "/etc/hosts"},
		{Source: filepath.Join(etc, "hostname"), Path: "/etc/hostname"},
		{Source: filepath.Join(etc, "resolv.conf"), Path: "/etc/resolv.conf"},
	}
	for i := range out {
		out[i].ReadOnly = o.spec.SecurityContext != nil && isTrue(o.spec.SecurityContext.ReadOnlyRootFilesystem)
	}
	path := o.spec.TerminationMessagePath
	if path == "" {
		path = corev1.TerminationMessagePathDefault
	}
	file := w.messagePath(o.spec.Name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	// A new file for every attempt, which whoever the container's program is may write to.
	_ = os.Remove(file)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return nil, err
	}
	if err := os.Chmod(file, 0o666); err != nil {
		return nil, err
	}
	return append(out, confine.Mount{Source: file, Path: path}), nil
}

// withoutOverlaid leaves out own files where the pod mounts something itself.
func withoutOverlaid(own, mounts []confine.Mount) []confine.Mount {
	var out []confine.Mount
	for _, o := range own {
		taken := false
		for _, m := range mounts {
			taken = taken || filepath.Clean(m.Path) == o.Path
		}
		if !taken {
			out = append(out, o)
		}
	}
	return out
}

func isTrue(b *bool) bool { return b != nil && *b }
