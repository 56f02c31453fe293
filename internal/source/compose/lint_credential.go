package compose

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

var (
	// variable is one that is put in from the environment, and so not in the text.
	variable = regexp.MustCompile(`\$(?:\{[^}]*\}?|[A-Za-z_][A-Za-z0-9_]*)`)
	// opens are last words of the names of variables that hold what opens something.
	opens = append([]string{"TOKEN", "PASS", "PW", "APIKEY", "PAT"}, secretEnd...)
	// keyOf are the words before KEY in the name of one that opens something; a CACHE_KEY does not.
	keyOf   = []string{"API", "SECRET", "ACCESS", "PRIVATE", "ENCRYPTION", "SIGNING", "MASTER", "APP", "AUTH", "JWT", "SESSION"}
	fillers = []string{"BASE", "VALUE", "DEFAULT"} // SECRET_KEY_BASE
	guessed = []string{"admin", "administrator", "root", "password", "passw0rd", "changeme", "change_me", "secret", "example", "test", "postgres", "mysql"}
)

// shortest is as long as a password has to be not to be called short.
const shortest = 8

// credentials reports the passwords of a service that are written in the text.
func (l *linter) credentials(u *unit) {
	var found []string
	var first []string
	var users []string
	for k, v := range u.svc.Environment {
		if name := strings.ToUpper(k); v != nil && *v != "" && (strings.HasSuffix(name, "USER") || strings.HasSuffix(name, "USERNAME") || strings.HasSuffix(name, "LOGIN")) {
			users = append(users, *v)
		}
	}
	for _, k := range sortedKeys(u.svc.Environment) {
		at := u.path("environment", k)
		n, v := l.places.Root.Find(at...), u.svc.Environment[k]
		if n == nil || n.Kind != position.Scalar || v == nil {
			continue // from an env_file, which may well be kept apart
		}
		secret := writtenSecret(k, *v, variable.MatchString(strings.ReplaceAll(n.Value, "$$", "")), n.Value)
		if secret == "" {
			continue
		}
		if first == nil {
			first = at
		}
		if why := weakness(secret, users); why != "" {
			k += " (" + why + ")"
		}
		found = append(found, k)
	}
	if len(found) > 0 {
		l.report("compose-plaintext-credential", u, "the environment has credentials in the clear: "+strings.Join(found, ", "), first...)
	}
}

// writtenSecret is the credential that the text of a variable holds, "" if it holds none.
func writtenSecret(name, value string, interpolated bool, text string) string {
	if opensSomething(name) {
		if interpolated || slices.Contains(innocent, strings.ToLower(value)) || strings.HasPrefix(value, "/run/") {
			return ""
		}
		return value
	}
	if interpolated { // what is left is what was written
		if _, after, ok := strings.Cut(text, name+"="); ok {
			text = after
		}
		value = variable.ReplaceAllString(text, "")
	}
	if !passwordInside(value) {
		return ""
	}
	if u, err := url.Parse(value); err == nil && u.User != nil {
		if p, _ := u.User.Password(); p != "" {
			return p
		}
	}
	return value
}

func opensSomething(name string) bool {
	if !secretName(name) {
		return false
	}
	parts := words.FindAllString(name, -1)
	for i := range parts {
		parts[i] = strings.ToUpper(parts[i])
	}
	for len(parts) > 1 && slices.Contains(fillers, parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	last := parts[len(parts)-1]
	if last == "KEY" {
		return len(parts) > 1 && slices.Contains(keyOf, parts[len(parts)-2])
	}
	return slices.ContainsFunc(opens, func(end string) bool { return last == end || len(end) > 4 && strings.HasSuffix(last, end) })
}

func weakness(secret string, users []string) string {
	switch {
	case slices.Contains(users, secret):
		return "the same as the user"
	case slices.Contains(guessed, strings.ToLower(secret)):
		return "the first that anybody guesses"
	case len(secret) < shortest:
		return "short"
	}
	return ""
}
