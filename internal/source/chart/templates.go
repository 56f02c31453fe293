package chart

import (
	"context"
	"errors"
	"path"
	"regexp"
	"strconv"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"

	"github.com/slipway-sh/slipway/internal/objects"
)

// maxFailures is how many templates are reported before the rest is left alone.
const maxFailures = 20

// templates renders all templates. One that fails is reported and left out; what it defines is then missing to others,
// which fail in turn only if they use it.
func (r *render) templates(c *v2.Chart, values func() (common.Values, error)) map[string]string {
	reported := map[string]bool{}
	for range maxFailures {
		top, err := values()
		if err != nil {
			return nil
		}
		e := engine.Engine{CustomTemplateFuncs: r.budget.functions()}
		made, err := e.RenderWithContext(context.Background(), c, top)
		if err == nil {
			return r.within(made)
		}
		f := r.failure(err)
		if !reported[f.text] {
			r.problem(RuleBroken, f.at, "%s", f.text)
		}
		reported[f.text] = true
		if f.template == "" || r.budget.spent() != nil || strings.HasPrefix(path.Base(f.template), "_") || !blank(c, f.template) {
			return nil
		}
	}
	return nil
}

// within drops everything if it is too much.
func (r *render) within(made map[string]string) map[string]string {
	size := 0
	for _, text := range made {
		size += len(text)
	}
	if size > maxOutput {
		r.problem(RuleBroken, r.chartFile(1), "The templates give more than %d MiB.", maxOutput>>20)
		return nil
	}
	return made
}

// blank empties a template, and tells whether there was anything in it.
func blank(c *v2.Chart, name string) bool {
	for _, f := range c.Templates {
		if path.Join(c.ChartFullPath(), f.Name) == name {
			had := strings.TrimSpace(string(f.Data)) != ""
			f.Data = []byte("\n")
			return had
		}
	}
	for _, d := range c.Dependencies() {
		if blank(d, name) {
			return true
		}
	}
	return false
}

// failure is what an error of Helm's says.
type failure struct {
	at       objects.Origin
	template string // that was being rendered
	text     string
}

var (
	location   = regexp.MustCompile(`([^\s:()"<>]+):(\d+)(?::\d+)?`)
	helmPrefix = regexp.MustCompile(`^(parse|execution) error (at|in) \([^)]*\): `)
	action     = regexp.MustCompile(`^executing ".*" at <(.*)>:$`)
)

// failure finds the innermost place in an error, which is where the mistake is, and the outermost, which is the
// template that Helm was rendering.
func (r *render) failure(err error) failure {
	f := failure{at: r.chartFile(1)}
	for _, m := range location.FindAllStringSubmatch(err.Error(), -1) {
		file := r.files[m[1]]
		if file == nil {
			continue
		}
		if f.template == "" {
			f.template = m[1]
		}
		f.at = objects.Origin{File: file.path}
		f.at.Line, _ = strconv.Atoi(m[2])
	}
	if f.template == "" {
		f.template = r.mentioned(err.Error())
		if file := r.files[f.template]; file != nil {
			f.at = objects.Origin{File: file.path, Line: 1}
		}
	}
	if file := r.files[f.template]; file != nil {
		if last := len(strings.Split(strings.TrimRight(strings.Join(file.lines, "\n"), "\n"), "\n")); file.path == f.at.File && f.at.Line > last {
			f.at.Line = last // the end of the file
		}
	}
	f.text = "The template fails: " + r.reason(err) + "."
	if outer := r.files[f.template]; outer != nil && outer.path != f.at.File {
		f.text = strings.TrimSuffix(f.text, ".") + "; " + outer.path + " uses it."
	}
	return f
}

func (r *render) mentioned(text string) string {
	best := ""
	for name := range r.files {
		if strings.Contains(text, name) && (len(name) > len(best) || len(name) == len(best) && name < best) {
			best = name
		}
	}
	return best
}

// reason is the last message of an error, with the action that it was in.
func (r *render) reason(err error) string {
	if spent := r.budget.spent(); spent != nil {
		return spent.Error()
	}
	var known *costly
	if errors.As(err, &known) {
		return known.Error()
	}
	within, message := "", ""
	for _, line := range strings.Split(unmetered(err.Error()), "\n") {
		line = strings.TrimSpace(line)
		if i := strings.LastIndex(line, ">: "); i >= 0 && strings.HasPrefix(line, "template: ") {
			within, message = "", line[i+len(">: "):] // a chain that Helm could not take apart
		} else if m := action.FindStringSubmatch(line); m != nil {
			within = m[1]
		} else if line != "" && !location.MatchString(strings.Fields(line)[0]) {
			message = line
		}
	}
	if message == "" {
		message = unmetered(err.Error())
	}
	if m := helmPrefix.FindString(message); m != "" {
		message = message[len(m):]
	}
	if within != "" {
		message = within + ": " + message
	}
	return oneLine(errors.New(message))
}
