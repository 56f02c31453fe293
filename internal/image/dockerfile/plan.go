package dockerfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// ErrUnsupported says that a Dockerfile needs a builder.
var ErrUnsupported = errors.New("this needs a builder; install docker, podman or buildah, or leave the Dockerfile out for a Go program or a folder of static files")

// step is one change of a stage's files.
type step struct {
	key  string // what it does, for the cache
	from int    // the stage whose files it reads, or -1
	do   func(*stageRun) error
}

// stage is one planned stage.
type stage struct {
	golang bool // its base is the Go toolchain
	base   int  // the stage it continues, or -1
	steps  []step
	config v1.Config
	cmdSet bool
	env    []string // what commands see: ENV, then ARG
	args   []string
	dir    string // working directory
}

// Plan is a Dockerfile understood as far as a target needs.
type Plan struct {
	stages map[int]*stage
	target int
	Notes  []string // what a person should know although it is done
}

type planner struct {
	path   string
	stages []instructions.Stage
	meta   []string // ARG before the first FROM
	args   map[string]string
	lex    *shell.Lex
	plan   *Plan
	goVer  string
}

// Read plans a Dockerfile for a target stage ("" for the last). goVersion is that of the toolchain, as in "1.26.8",
// "" if there is none. Errors name the file and line; those of instructions outside the subset are ErrUnsupported.
func Read(path, target string, args map[string]string, goVersion string) (*Plan, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	ast, err := parser.Parse(bytes.NewReader(b))
	if err != nil {
		return nil, located(path, err)
	}
	stages, meta, err := instructions.Parse(ast.AST, nil)
	if err != nil {
		return nil, located(path, err)
	}
	p := &planner{path: path, stages: stages, args: args, lex: shell.NewLex(ast.EscapeToken), goVer: goVersion,
		plan: &Plan{stages: map[int]*stage{}}}
	for i := range meta {
		if err := p.arg(&meta[i], &p.meta, nil); err != nil {
			return nil, p.at(meta[i].Location(), err)
		}
	}
	p.plan.target = len(stages) - 1
	if target != "" {
		if p.plan.target = p.find(target); p.plan.target < 0 {
			return nil, fmt.Errorf("%s: no stage is named %q; there are: %s", path, target, p.names())
		}
	}
	st, err := p.stage(p.plan.target, 0)
	if err != nil {
		return nil, err
	}
	if st.golang {
		return nil, p.at(stages[p.plan.target].Location, fmt.Errorf("the image itself is made of the Go toolchain's image: end with a stage \"FROM scratch\": %w", ErrUnsupported))
	}
	return p.plan, nil
}

func (p *planner) find(name string) int {
	if i, ok := instructions.HasStage(p.stages, name); ok {
		return i
	}
	if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(p.stages) {
		return i
	}
	return -1
}

func (p *planner) names() string {
	var out []string
	for i, s := range p.stages {
		if s.Name == "" {
			s.Name = strconv.Itoa(i)
		}
		out = append(out, s.Name)
	}
	return strings.Join(out, ", ")
}

// stage plans one stage and those that it needs.
func (p *planner) stage(i, depth int) (*stage, error) {
	if st, ok := p.plan.stages[i]; ok {
		return st, nil
	}
	src := p.stages[i]
	if depth > len(p.stages) {
		return nil, p.at(src.Location, errors.New("the stages go round in a circle"))
	}
	st, err := p.base(i, depth)
	if err != nil {
		return nil, p.at(src.Location, err, src.SourceCode)
	}
	for _, cmd := range src.Commands {
		if err := p.command(i, st, cmd, depth); err != nil {
			return nil, p.at(cmd.Location(), err, fmt.Sprint(cmd))
		}
	}
	p.plan.stages[i] = st
	return st, nil
}

// base plans FROM.
func (p *planner) base(i, depth int) (*stage, error) {
	name, _, err := p.lex.ProcessWord(p.stages[i].BaseName, shell.EnvsFromSlice(append(platform(), p.meta...)))
	if err != nil {
		return nil, err
	}
	if name == "scratch" {
		return &stage{base: -1, dir: "/"}, nil
	}
	if j, ok := instructions.HasStage(p.stages[:i], name); ok {
		below, err := p.stage(j, depth+1)
		if err != nil {
			return nil, err
		}
		st := &stage{golang: below.golang, base: j, dir: below.dir, env: slices.Clone(below.env)}
		st.config = *below.config.DeepCopy()
		return st, nil
	}
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return nil, err
	}
	if reference.FamiliarName(named) != "golang" {
		return nil, fmt.Errorf("only \"scratch\", \"golang\" and stages of this file can be built on here: %w", ErrUnsupported)
	}
	tag := ""
	if t, ok := named.(reference.Tagged); ok {
		tag = t.Tag()
	}
	if err := p.toolchain(tag); err != nil {
		return nil, err
	}
	return &stage{golang: true, base: -1, dir: "/go", steps: []step{{key: "golang " + p.goVer, from: -1, do: certificates}}}, nil
}

// toolchain judges whether this machine's Go can stand for the one that is asked for.
func (p *planner) toolchain(tag string) error {
	if p.goVer == "" {
		return fmt.Errorf("there is no Go on this machine (command \"go\"): install it, or %w", ErrUnsupported)
	}
	want, _, _ := strings.Cut(tag, "-")
	if older(p.goVer, want) {
		return fmt.Errorf("this machine has Go %s: install a newer one, or %w", p.goVer, ErrUnsupported)
	}
	p.plan.Notes = append(p.plan.Notes, fmt.Sprintf("golang:%s is this machine's Go %s", tag, p.goVer))
	return nil
}

// older compares dotted numbers as far as both go; words such as "latest" are not older than anything.
func older(have, want string) bool {
	h, w := strings.Split(have, "."), strings.Split(want, ".")
	for i := range min(len(h), len(w)) {
		a, errA := strconv.Atoi(h[i])
		b, errB := strconv.Atoi(w[i])
		if errA != nil || errB != nil || a > b {
			return false
		}
		if a < b {
			return true
		}
	}
	return false
}

func platform() []string {
	var out []string
	for _, kind := range []string{"TARGET", "BUILD"} {
		out = append(out, kind+"PLATFORM=linux/"+runtime.GOARCH, kind+"OS=linux", kind+"ARCH="+runtime.GOARCH, kind+"VARIANT=")
	}
	return out
}

// at gives an error its line and instruction, unless it comes from another line that has done so.
func (p *planner) at(where []parser.Range, err error, instruction ...string) error {
	var done *placed
	if errors.As(err, &done) || len(where) == 0 {
		return err
	}
	for _, i := range instruction {
		err = fmt.Errorf("%s: %w", i, err)
	}
	return &placed{fmt.Errorf("%s:%d: %w", p.path, where[0].Start.Line, err)}
}

// placed is an error that has its file and line.
type placed struct{ error }

func (p *placed) Unwrap() error { return p.error }

// located gives an error of the parser its file and line.
func located(path string, err error) error {
	var where *parser.LocationError
	if errors.As(err, &where) && len(where.Locations) > 0 && len(where.Locations[0]) > 0 {
		line := where.Locations[0][0].Start.Line
		text := strings.TrimPrefix(err.Error(), fmt.Sprintf("dockerfile parse error on line %d: ", line))
		return fmt.Errorf("%s:%d: %s", path, line, text)
	}
	return fmt.Errorf("%s: %w", path, err)
}
