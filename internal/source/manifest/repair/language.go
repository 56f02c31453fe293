package repair

import (
	"bytes"
	"regexp"
)

// Languages that a template may be in, as Language names them.
const (
	Helm     = "helm"
	Jinja    = "jinja"
	ERB      = "erb"
	Mustache = "mustache"
	Envsubst = "envsubst"
)

var languages = []struct {
	name string
	mark *regexp.Regexp
}{
	{ERB, regexp.MustCompile(`<%`)},
	{Jinja, regexp.MustCompile(`\{%|\{#.*#\}`)},
	{Mustache, regexp.MustCompile(`\{\{[#/^>&{]`)},
	{Helm, regexp.MustCompile(`\{\{-?\s*(\.|\$|(if|with|range|include|template|define|end|else|toYaml|default|quote|/\*)\b|/\*)`)},
	{Jinja, regexp.MustCompile(`\{\{`)},
	{Envsubst, regexp.MustCompile(`\$\{[A-Za-z_]`)},
}

// Language tells which template engine the placeholders of a text look made for; nothing if it has none.
func Language(text []byte) string {
	for _, l := range languages {
		if l.mark.Match(text) {
			return l.name
		}
	}
	return ""
}

// engines are how people know a language, and how a template in it becomes a manifest.
var engines = map[string]struct{ name, advice string }{
	Helm:     {"Helm", `render it and give what comes out ("helm template NAME CHART"), or give the folder of the chart`},
	Jinja:    {"Jinja, as Ansible uses it", `render it first, as with Ansible's "template" module, and give what comes out`},
	ERB:      {"ERB", `render it first ("erb FILE") and give what comes out`},
	Mustache: {"Mustache", "render it first and give what comes out"},
}

// engine is the language of a document that is a template.
func (d *document) engine() (name, advice string) {
	var b bytes.Buffer
	for i := range d.lines {
		b.WriteString(d.lines[i].now + "\n")
	}
	e, ok := engines[Language(b.Bytes())]
	if !ok {
		return "a template engine", "render it first and give what comes out"
	}
	return e.name, e.advice
}
