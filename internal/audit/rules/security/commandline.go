package security

import (
	"path"
	"regexp"
	"strings"
)

var (
	flagValue = regexp.MustCompile(`^--?([\w.-]+)=(.+)$`)
	flagAlone = regexp.MustCompile(`^--?([\w.-]{2,})$`)
	assigned  = regexp.MustCompile(`^([A-Z_][A-Z0-9_]*)=(.+)$`)
	// clients take a password as -pPASSWORD.
	clients = regexp.MustCompile(`^(?:mysql|mariadb)\w*(?:-\w+)?$|^sshpass$`)
)

// commandLine judges the words of a command: --password=x, --requirepass x, -px of MySQL's clients, PGPASSWORD=x.
func (l *leaks) commandLine(field string, command []string) {
	var tool string
	var list []string
	for _, c := range command {
		if strings.ContainsAny(c, " \n\t") {
			list = append(list, strings.Fields(c)...)
		} else {
			list = append(list, c)
		}
	}
	for i, word := range list {
		word = strings.Trim(word, `"';`)
		next := ""
		if i+1 < len(list) && !strings.HasPrefix(list[i+1], "-") {
			next = strings.Trim(list[i+1], `"';`)
		}
		if clients.MatchString(path.Base(word)) {
			tool = path.Base(word)
			continue
		}
		l.word(field, tool, word, next)
	}
}

func (l *leaks) word(field, tool, word, next string) {
	if user, secret, found := inside(word); found {
		l.add(field, "a connection string of its command line", secret, user)
		return
	}
	if m := flagValue.FindStringSubmatch(word); m != nil {
		l.flag(field, "--"+m[1], m[1], strings.Trim(m[2], `"'`))
	} else if m := flagAlone.FindStringSubmatch(word); m != nil && next != "" {
		l.flag(field, "--"+m[1], m[1], next)
	} else if m := assigned.FindStringSubmatch(word); m != nil {
		l.variable(field, m[1], strings.Trim(m[2], `"'`))
	} else if rest, ok := strings.CutPrefix(word, "-p"); ok && tool != "" && rest != "" && !replaced(strings.Trim(rest, `"'`)) {
		l.add(field, "-p of "+tool, rest)
	}
}

func (l *leaks) flag(field, shown, name, value string) {
	if replaced(value) {
		return
	}
	if s := sortOf(name); s == password || name == "requirepass" || name == "masterauth" || s == token && random(value) {
		l.add(field, shown, value)
	}
}
