package dockerfile

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	securejoin "github.com/cyphar/filepath-securejoin"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// goFlags are the flags of "go build" that are carried out, and whether each takes a value. None runs a program of
// the context's choosing, as -toolexec would.
var goFlags = map[string]bool{
	"-o": true, "-ldflags": true, "-gcflags": true, "-asmflags": true, "-tags": true, "-mod": true, "-p": true,
	"-installsuffix": true, "-C": true, "-buildvcs": true, "-pgo": true, "-buildmode": true,
	"-v": false, "-x": false, "-a": false, "-trimpath": false,
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// run plans RUN: "go build", "go mod download|verify", "mkdir -p" and "cd", joined by &&.
func (p *planner) run(st *stage, cmd *instructions.RunCommand) error {
	if !st.golang {
		return fmt.Errorf("RUN works only in a stage made of golang: %w", ErrUnsupported)
	}
	for _, m := range instructions.GetMounts(cmd) {
		if m.Type != instructions.MountTypeCache { // Go's own caches on this machine take their place
			return fmt.Errorf("--mount=type=%s is not understood here: %w", m.Type, ErrUnsupported)
		}
	}
	if len(cmd.Files) > 0 || len(cmd.CmdLine) == 0 {
		return fmt.Errorf("here-documents are not understood here: %w", ErrUnsupported)
	}
	commands := [][]string{cmd.CmdLine}
	if cmd.PrependShell {
		commands = nil
		if strings.ContainsAny(cmd.CmdLine[0], "|;<>`*?~\n(){}#") && !plainShell(cmd.CmdLine[0]) {
			return fmt.Errorf("of the shell only \"&&\" is understood here: %w", ErrUnsupported)
		}
		for _, part := range strings.Split(cmd.CmdLine[0], "&&") {
			words, err := p.lex.ProcessWords(part, shell.EnvsFromSlice(st.variables()))
			if err != nil {
				return err
			}
			commands = append(commands, words)
		}
	}
	dir := st.dir // "cd" lasts for one RUN
	for _, words := range commands {
		s, err := planCommand(words, st.variables(), &dir)
		if err != nil {
			return err
		}
		st.steps = append(st.steps, s...)
	}
	return nil
}

var quoted = regexp.MustCompile(`"[^"` + "`" + `]*"|'[^']*'|\$\{[A-Za-z_][A-Za-z0-9_]*\}`)

// plainShell tells whether everything that means something to a shell is inside quotes or a plain ${NAME}.
func plainShell(line string) bool {
	return !strings.Contains(line, "$(") && !strings.ContainsAny(quoted.ReplaceAllString(line, ""), "|;<>`*?~\n(){}#")
}

func planCommand(words, env []string, dir *string) ([]step, error) {
	env = slices.Clone(env)
	for len(words) > 0 && assignment.MatchString(words[0]) {
		key, value, _ := strings.Cut(words[0], "=")
		env, words = set(env, key, value), words[1:]
	}
	var first, second string
	if len(words) > 0 {
		first = words[0]
	}
	if len(words) > 1 {
		second = words[1]
	}
	switch {
	case first == "cd" && len(words) == 2:
		*dir = inStage(*dir, second)
		return nil, nil
	case first == "mkdir" && len(words) > 1:
		var out []step
		for _, w := range words[1:] {
			if w != "-p" {
				out = append(out, makeDir(inStage(*dir, w)))
			}
		}
		return out, nil
	case first == "go" && second == "mod" && len(words) >= 3 && (words[2] == "download" || words[2] == "verify"):
		return goStep(words, env, *dir)
	case first == "go" && second == "build":
		if err := checkBuild(words[2:]); err != nil {
			return nil, err
		}
		return goStep(words, env, *dir)
	}
	return nil, fmt.Errorf("of commands only \"go build\", \"go mod download\" and \"mkdir -p\" are understood here: %w", ErrUnsupported)
}

func inStage(dir, p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(dir, p)
}

func checkBuild(words []string) error {
	for i := 0; i < len(words) && strings.HasPrefix(words[i], "-"); i++ {
		flag, _, joined := strings.Cut(words[i], "=")
		flag = "-" + strings.TrimLeft(flag, "-")
		value, known := goFlags[flag]
		if !known {
			return fmt.Errorf("go build %s is not understood here: %w", flag, ErrUnsupported)
		}
		if value && !joined && flag != "-buildvcs" {
			i++
		}
	}
	return nil
}

// goStep plans a run of the go command.
func goStep(words, env []string, dir string) ([]step, error) {
	vars := shell.EnvsFromSlice(env)
	if v, ok := vars.Get("CGO_ENABLED"); ok && v != "0" {
		return nil, fmt.Errorf("CGO_ENABLED=%s needs a C compiler and its libraries: %w", v, ErrUnsupported)
	}
	if v, _ := vars.Get("GOFLAGS"); strings.Contains(v, "exec") {
		return nil, fmt.Errorf("GOFLAGS=%s is not understood here: %w", v, ErrUnsupported)
	}
	key := fmt.Sprintf("go %q %q %s", words, env, dir)
	return []step{{key: key, from: -1, do: func(r *stageRun) error { return r.golang(words[1:], env, dir) }}}, nil
}

// ours are the variables that stay this machine's, because they say where its toolchain and caches are.
var ours = []string{"PATH", "HOME", "GOPATH", "GOROOT", "GOCACHE", "GOMODCACHE", "GOTMPDIR", "GOENV", "GOTOOLDIR"}

// golang runs the go command with the stage's paths in place of the image's.
func (r *stageRun) golang(args, env []string, dir string) error {
	if err := r.mkdirAll(dir); err != nil {
		return err
	}
	cmd := exec.CommandContext(r.ctx, "go", r.hostPaths(args)...)
	at, err := securejoin.SecureJoin(r.dir, dir)
	if err != nil {
		return err
	}
	cmd.Dir = at
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	flags := os.Getenv("GOFLAGS")
	for _, kv := range env {
		key, value, _ := strings.Cut(kv, "=")
		switch {
		case key == "GOFLAGS":
			flags = value
		case !slices.Contains(ours, key):
			cmd.Env = append(cmd.Env, kv)
		}
	}
	// Without paths and revisions the same source gives the same program.
	cmd.Env = append(cmd.Env, "PWD="+cmd.Dir, "GOFLAGS="+strings.TrimSpace(flags+" -trimpath -buildvcs=false"))
	tail := &tail{to: r.progress}
	cmd.Stdout, cmd.Stderr = tail, tail
	fmt.Fprintf(tail.to, "go %s\n", strings.Join(args, " "))
	if err := cmd.Run(); err != nil {
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		return errors.New(strings.TrimSpace(tail.String()) + " (" + err.Error() + ")")
	}
	return nil
}

// hostPaths turns absolute paths of the image into paths of this machine: those of -o and -C, and packages.
func (r *stageRun) hostPaths(args []string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		flag, value, joined := strings.Cut(a, "=")
		switch {
		case joined && (flag == "-o" || flag == "-C") && path.IsAbs(value):
			out[i] = flag + "=" + r.hostPath(value)
		case path.IsAbs(a) && (i == 0 || !strings.HasPrefix(out[i-1], "-") || out[i-1] == "-o" || out[i-1] == "-C" || !goFlags[out[i-1]]):
			out[i] = r.hostPath(a)
		}
	}
	return out
}

// hostPath follows no link out of the stage. It keeps a trailing slash: "go build -o DIR/" means a directory.
func (r *stageRun) hostPath(p string) string {
	out, err := securejoin.SecureJoin(r.dir, p)
	if err != nil {
		out = filepath.Join(r.dir, "unresolved")
	}
	if strings.HasSuffix(p, "/") {
		out += "/"
	}
	return out
}

// tail keeps the end of a command's output for its error.
type tail struct {
	to interface{ Write([]byte) (int, error) }
	b  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.b = append(t.b, b...)
	if len(t.b) > 4096 {
		t.b = t.b[len(t.b)-4096:]
	}
	return t.to.Write(b)
}

func (t *tail) String() string { return string(t.b) }
