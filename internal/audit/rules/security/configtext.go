package security

import (
	"regexp"
	"strings"
)

var (
	// setting is a line of YAML, JSON, TOML, properties or a shell that gives a name a value.
	setting   = regexp.MustCompile(`^\s*(?:export\s+|-\s+|set\s+)?["']?([\w.\[\]-]{1,100})["']?\s*(?::|=|:=)\s*(.+?)\s*$`)
	element   = regexp.MustCompile(`<([\w.-]{1,100})>([^<]{1,1000})</`)
	directive = regexp.MustCompile(`^\s*(requirepass|masterauth)\s+(\S+)`) // of Redis
	sqlUser   = regexp.MustCompile(`(?i)\b(?:identified(?: with \S+)? by|password)\s+'([^']+)'`)
	comment   = regexp.MustCompile(`^\s*(?:#|//|;|--|<!--)`)
)

// text judges a configuration file, line by line.
func (l *leaks) text(field, file, content string) {
	for line := range strings.Lines(content) {
		if comment.MatchString(line) {
			continue
		}
		line = strings.TrimRight(line, "\r\n")
		if m := setting.FindStringSubmatch(line); m != nil {
			l.user(m[1], unquote(m[2]))
			l.setting(field, file, m[1], m[2])
		} else if m := directive.FindStringSubmatch(line); m != nil && !replaced(m[2]) {
			l.add(field, m[1]+" in "+file, unquote(m[2]))
		} else if m := sqlUser.FindStringSubmatch(line); m != nil && !replaced(m[1]) {
			l.add(field, "a password of SQL in "+file, m[1])
		} else if user, secret, found := inside(line); found {
			l.add(field, file, secret, user)
		}
		for _, m := range element.FindAllStringSubmatch(line, 8) {
			l.setting(field, file, m[1], m[2])
		}
	}
}

// setting judges one of a configuration file. Such files have code and names of things in them, so that only a password,
// or what was made by a machine, counts.
func (l *leaks) setting(field, file, name, raw string) {
	value := unquote(raw)
	if user, secret, found := inside(value); found {
		l.add(field, name+" in "+file, secret, user)
		return
	}
	quoted := value != strings.TrimRight(raw, ",; ")
	if replaced(value) || types.MatchString(value) || !quoted && strings.ContainsAny(value, " (){}[]|&<>`") {
		return
	}
	switch sortOf(name) {
	case password:
		l.add(field, name+" in "+file, value)
	case token:
		if random(value) {
			l.add(field, name+" in "+file, value)
		}
	case plain:
	}
}

// types are what a schema says of a value.
var types = regexp.MustCompile(`^(?i:string|text|bytes|secret|varchar.*)$`)

// replaced says that a value is none, or that a program puts another in its place: $1, ${PASSWORD}.
func replaced(value string) bool { return harmless(value) || strings.HasPrefix(value, "$") }

func unquote(s string) string {
	s = strings.TrimRight(strings.TrimSpace(s), ",; ")
	if n := len(s); n >= 2 && (s[0] == '"' || s[0] == '\'') {
		if i := strings.IndexByte(s[1:], s[0]); i >= 0 {
			return s[1 : i+1]
		}
	}
	return s
}
