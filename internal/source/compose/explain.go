package compose

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// explain gives compose-go's errors the place they speak of.
func (r *reader) explain(err error) error {
	var problems []*Problem
	for _, e := range split(err) {
		text := strings.TrimSuffix(strings.TrimSuffix(e.Error(), ": invalid compose project"), ": not found")
		problems = append(problems, r.place(tidy(text)))
	}
	return join(problems)
}

func split(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok { // the joined errors, not one in the chain
		var all []error
		for _, e := range many.Unwrap() {
			all = append(all, split(e)...)
		}
		return all
	}
	return []error{err}
}

var validating = regexp.MustCompile(`^(?:validating|error while interpolating|compose file "[^"]*" is invalid:|failed to parse) ?`)

func tidy(text string) string {
	if t, ok := strings.CutPrefix(text, "validating "); ok {
		if _, rest, ok := strings.Cut(t, ": "); ok {
			return rest
		}
	}
	return validating.ReplaceAllString(text, "")
}

// clue recognises one sort of message and leads to the path it is about. Named groups: service, other.
type clue struct {
	message *regexp.Regexp
	path    func(m map[string]string) []string
	text    func(m map[string]string) string
}

func services(m map[string]string, more ...string) []string {
	return append([]string{"services", m["service"]}, more...)
}

var clues = []clue{
	{regexp.MustCompile(`dependency cycle detected: (?P<cycle>(?P<service>\S+) -> (?P<other>\S+).*)$`),
		func(m map[string]string) []string { return services(m, "depends_on", m["other"]) },
		func(m map[string]string) string {
			return "the services wait for each other: " + m["cycle"] + "; remove one of these dependencies"
		}},
	{regexp.MustCompile(`service "(?P<service>[^"]+)" depends on undefined service "?(?P<other>[^":]+)`),
		func(m map[string]string) []string { return services(m, "depends_on", m["other"]) },
		func(m map[string]string) string { return "there is no service " + m["other"] }},
	{regexp.MustCompile(`service "(?P<service>[^"]+)" refers to undefined (?:build )?(?P<what>\w+) (?P<other>[^:]+)`),
		func(m map[string]string) []string { return services(m, m["what"]+"s", m["other"]) },
		func(m map[string]string) string {
			return m["what"] + " " + m["other"] + " is not declared; add it under the top-level " + m["what"] + "s"
		}},
	{regexp.MustCompile(`service "(?P<service>[^"]+)" has neither an image nor a build context specified`),
		func(m map[string]string) []string { return services(m) },
		func(map[string]string) string { return "has neither image nor build" }},
	{regexp.MustCompile(`^(?P<what>env|label) file (?P<other>\S+) not found`), nil,
		func(m map[string]string) string { return "file " + m["other"] + " is missing; create it" }},
	{regexp.MustCompile(`cannot extend service "(?P<service>[^"]+)"`),
		func(m map[string]string) []string { return services(m, "extends") }, nil},
	{regexp.MustCompile(`^services\.(?:deploy\.replicas|scale): can't set container_name and (?P<service>\S+) as container name must be unique`),
		func(m map[string]string) []string { return services(m, "container_name") },
		func(map[string]string) string {
			return "several containers cannot have one name; leave it out, or run one"
		}},
	{regexp.MustCompile(`^secret "(?P<service>[^"]+)" must`),
		func(m map[string]string) []string { return []string{"secrets", m["service"]} }, nil},
	{regexp.MustCompile(`service "?(?P<service>[^" ]+)"? declares mutually exclusive .network_mode.`),
		func(m map[string]string) []string { return services(m, "network_mode") }, nil},
	{regexp.MustCompile(`service "[^"]+" not found for network_mode 'service:(?P<other>[^']+)'`), nil,
		func(m map[string]string) string { return "there is no service " + m["other"] }},
}

var (
	dotted = regexp.MustCompile(`(?:^|[\s'"])((?:services|jobs|networks|volumes|secrets|configs|name|include)(?:\.[^\s:'"]+)+)`)
	quoted = regexp.MustCompile(`"([^"]+)"|'([^']+)'|(/[^\s:]+)`)
)

// place finds where a message of compose-go belongs.
func (r *reader) place(text string) *Problem {
	for _, c := range clues {
		m := c.message.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		groups := map[string]string{}
		for i, name := range c.message.SubexpNames() {
			groups[name] = m[i]
		}
		if c.text != nil {
			text = c.text(groups)
		}
		if c.path == nil {
			if o, ok := r.mentioned(m[0]); ok {
				return &Problem{o, r.shorten(text)}
			}
			break
		}
		return &Problem{r.origin(c.path(groups)...), r.shorten(text)}
	}
	if m := dotted.FindStringSubmatch(text); m != nil {
		path := steps(m[1])
		o := r.origin(path...)
		o.Path = position.Join(path...)
		return &Problem{o, strings.TrimLeft(strings.Replace(text, m[1], "", 1), ": ")}
	}
	if o, ok := r.mentioned(text); ok {
		return &Problem{o, r.shorten(text)}
	}
	return &Problem{r.origin(), r.shorten(text)}
}

// steps takes a path of compose-go apart: services.web.ports.0, services.web.ports.[], services.web.tmpfs[1].
func steps(dotted string) []string {
	var path []string
	for _, s := range strings.Split(strings.TrimRight(dotted, ".,"), ".") {
		name, inner, ok := strings.Cut(s, "[")
		if name != "" {
			if len(path) > 1 && strings.Trim(name, "0123456789") == "" {
				name = "[" + name + "]"
			}
			path = append(path, name)
		}
		if ok && inner != "]" {
			path = append(path, "["+inner)
		}
	}
	return path
}

// mentioned finds a value that the message quotes: the name of a file, for instance.
func (r *reader) mentioned(text string) (objects.Origin, bool) {
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		for _, word := range m[1:] {
			if word == "" {
				continue
			}
			if n, path := search(r.places.Root, nil, func(v string) bool {
				return v == word || filepath.IsAbs(word) && filepath.Base(v) == filepath.Base(word)
			}); n != nil {
				return objects.Origin{File: r.names.show(n.File), Line: n.Line, Path: position.Join(path...)}, true
			}
		}
	}
	if words := strings.Fields(text); len(words) > 1 { // "invalid containerPort: 99999"
		last := words[len(words)-1]
		if n, path := search(r.places.Root, nil, func(v string) bool { return len(last) > 1 && strings.Contains(v, last) }); n != nil {
			return objects.Origin{File: r.names.show(n.File), Line: n.Line, Path: position.Join(path...)}, true
		}
	}
	return objects.Origin{}, false
}

func (r *reader) shorten(text string) string {
	return strings.ReplaceAll(text, r.names.project+string(filepath.Separator), "")
}

// search finds the first scalar, in the order of writing, that satisfies is.
func search(n *position.Node, path []string, is func(string) bool) (*position.Node, []string) {
	switch n.Kind {
	case position.Scalar:
		if is(n.Value) {
			return n, path
		}
	case position.Map:
		for _, k := range n.Keys() {
			if f, p := search(n.Child(k), append(path[:len(path):len(path)], k), is); f != nil {
				return f, p
			}
		}
	case position.List:
		for i, it := range n.Items {
			if f, p := search(it, append(path[:len(path):len(path)], indexStep(i)), is); f != nil {
				return f, p
			}
		}
	}
	return nil, nil
}

// fileError makes an error about a file, or about its text, read as the others do.
func (r *reader) fileError(err error) error {
	var s *position.SyntaxError
	if errors.As(err, &s) {
		return &Problem{objects.Origin{File: r.names.show(s.File), Line: s.Line}, s.Text}
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		what := p.Err.Error()
		if info, e := os.Stat(p.Path); e == nil && info.IsDir() {
			what = "is a folder, not a Compose file"
		}
		return &Problem{objects.Origin{File: r.names.show(p.Path)}, what}
	}
	return err
}
