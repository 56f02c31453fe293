package dockerfile

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// command plans one instruction of a stage.
func (p *planner) command(i int, st *stage, cmd instructions.Command, depth int) error {
	if x, ok := cmd.(instructions.SupportsSingleWordExpansion); ok {
		if _, isArg := cmd.(*instructions.ArgCommand); !isArg {
			if err := x.Expand(p.expander(st)); err != nil {
				return err
			}
		}
	}
	c := &st.config
	switch cmd := cmd.(type) {
	case *instructions.ArgCommand:
		return p.arg(cmd, &st.args, st)
	case *instructions.EnvCommand:
		for _, kv := range cmd.Env {
			st.env, c.Env = set(st.env, kv.Key, kv.Value), set(c.Env, kv.Key, kv.Value)
		}
	case *instructions.LabelCommand:
		for _, kv := range cmd.Labels {
			if c.Labels == nil {
				c.Labels = map[string]string{}
			}
			c.Labels[kv.Key] = kv.Value
		}
	case *instructions.WorkdirCommand:
		st.dir = path.Join("/", st.dir, cmd.Path)
		if path.IsAbs(cmd.Path) {
			st.dir = path.Clean(cmd.Path)
		}
		c.WorkingDir = st.dir
		st.steps = append(st.steps, makeDir(st.dir))
	case *instructions.UserCommand:
		c.User = cmd.User
	case *instructions.EntrypointCommand:
		c.Entrypoint = line(cmd.ShellDependantCmdLine, c.Shell)
		if !st.cmdSet {
			c.Cmd = nil // as every builder does: a command meant for another entrypoint
		}
	case *instructions.CmdCommand:
		c.Cmd, st.cmdSet = line(cmd.ShellDependantCmdLine, c.Shell), true
	case *instructions.ExposeCommand:
		return p.expose(st, cmd.Ports)
	case *instructions.VolumeCommand:
		for _, v := range cmd.Volumes {
			c.Volumes = insert(c.Volumes, v)
		}
	case *instructions.StopSignalCommand:
		c.StopSignal = cmd.Signal
	case *instructions.ShellCommand:
		c.Shell = cmd.Shell
	case *instructions.HealthCheckCommand:
		h := cmd.Health
		c.Healthcheck = &v1.HealthConfig{Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, Retries: h.Retries}
	case *instructions.MaintainerCommand:
	case *instructions.RunCommand:
		return p.run(st, cmd)
	case *instructions.CopyCommand:
		if cmd.Parents || len(cmd.ExcludePatterns) > 0 {
			return fmt.Errorf("--parents and --exclude are not understood here: %w", ErrUnsupported)
		}
		return p.copy(i, st, cmd.SourcesAndDest, cmd.From, cmd.Chown, cmd.Chmod, depth)
	case *instructions.AddCommand:
		for _, s := range cmd.SourcePaths {
			if strings.Contains(s, "://") || strings.HasPrefix(s, "git@") || archived(s) {
				return fmt.Errorf("ADD of addresses and archives is not understood here: %w", ErrUnsupported)
			}
		}
		if cmd.Checksum != "" || len(cmd.ExcludePatterns) > 0 {
			return fmt.Errorf("--checksum and --exclude are not understood here: %w", ErrUnsupported)
		}
		return p.copy(i, st, cmd.SourcesAndDest, "", cmd.Chown, cmd.Chmod, depth)
	default:
		return ErrUnsupported
	}
	return nil
}

func archived(name string) bool {
	return slices.ContainsFunc([]string{".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz", ".tar.zst"}, func(s string) bool {
		return strings.HasSuffix(name, s)
	})
}

// variables are what an instruction may refer to; ENV wins over ARG.
func (st *stage) variables() []string { return append(slices.Clone(st.args), st.env...) }

func (p *planner) expander(st *stage) instructions.SingleWordExpander {
	return func(word string) (string, error) {
		out, _, err := p.lex.ProcessWord(word, shell.EnvsFromSlice(st.variables()))
		return out, err
	}
}

// arg plans ARG: the value given for the build, else the default, else that of an ARG before the first FROM.
func (p *planner) arg(cmd *instructions.ArgCommand, into *[]string, st *stage) error {
	for _, a := range cmd.Args {
		value, known := p.args[a.Key]
		if !known && a.Value != nil {
			vars := *into
			if st != nil {
				vars = st.variables()
			}
			v, _, err := p.lex.ProcessWord(*a.Value, shell.EnvsFromSlice(vars))
			if err != nil {
				return err
			}
			value, known = v, true
		}
		if !known {
			value, known = shell.EnvsFromSlice(append(platform(), p.meta...)).Get(a.Key)
		}
		if known {
			*into = set(*into, a.Key, value)
		}
	}
	return nil
}

func (p *planner) expose(st *stage, ports []string) error {
	for _, word := range ports {
		words, err := p.lex.ProcessWords(word, shell.EnvsFromSlice(st.variables()))
		if err != nil {
			return err
		}
		for _, port := range words {
			if strings.Contains(port, "-") {
				return errors.New("a range of ports: name each")
			}
			if !strings.Contains(port, "/") {
				port += "/tcp"
			}
			st.config.ExposedPorts = insert(st.config.ExposedPorts, strings.ToLower(port))
		}
	}
	return nil
}

// line is a command in its exec form; the shell form needs a shell in the image, as with any builder.
func line(c instructions.ShellDependantCmdLine, sh []string) []string {
	if !c.PrependShell {
		return c.CmdLine
	}
	if len(sh) == 0 {
		sh = []string{"/bin/sh", "-c"}
	}
	return append(slices.Clone(sh), c.CmdLine...)
}

func set(env []string, key, value string) []string {
	env = slices.DeleteFunc(slices.Clone(env), func(s string) bool { return strings.HasPrefix(s, key+"=") })
	return append(env, key+"="+value)
}

func insert(m map[string]struct{}, key string) map[string]struct{} {
	if m == nil {
		m = map[string]struct{}{}
	}
	m[key] = struct{}{}
	return m
}
