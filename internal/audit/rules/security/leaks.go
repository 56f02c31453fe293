package security

import (
	"slices"
	"strings"
)

// leaks collects what is written in the clear in one place, without any value.
type leaks struct {
	names  []string // DB_PASSWORD, REDIS_URL
	weak   []string // those of them that anybody guesses
	fields []string // where each is
	users  []string
}

func (l *leaks) add(field, name, secret string, users ...string) {
	if slices.Contains(l.names, name) {
		return
	}
	l.names, l.fields = append(l.names, name), append(l.fields, field)
	if weak(secret, append(users, l.users...)...) {
		l.weak = append(l.weak, name)
	}
}

// variable judges a name with its value: a variable, or a key of a ConfigMap.
func (l *leaks) variable(field, name, value string) {
	if user, secret, found := inside(value); found {
		l.add(field, name, secret, user)
		return
	}
	if harmless(value) {
		return
	}
	switch sortOf(name) {
	case password:
		l.add(field, name, value)
	case token:
		if !number(value) {
			l.add(field, name, value)
		}
	case plain:
	}
}

func number(s string) bool {
	return strings.Trim(strings.TrimSpace(s), "0123456789.smhd") == ""
}

// user remembers a name of an account, for passwords that are the same.
func (l *leaks) user(name, value string) {
	upper := strings.ToUpper(name)
	if strings.HasSuffix(upper, "USER") || strings.HasSuffix(upper, "USERNAME") || strings.HasSuffix(upper, "LOGIN") {
		l.users = append(l.users, value)
	}
}

// list is the end of a message.
func (l *leaks) list() string {
	text := some(l.names)
	if len(l.weak) > 0 {
		text += "; anybody guesses " + some(l.weak)
	}
	return text
}

// some lists a few of many names.
func some(names []string) string {
	const most = 6
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
