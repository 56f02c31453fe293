package script

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

var (
	credential = regexp.MustCompile(`(?i)(password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|secret[-_]?key|private[-_]?key)$|(^|[-_.])(pwd|pass|pw)$`)
	// named are settings that name a Secret and hold none.
	named = regexp.MustCompile(`(?i)(existing|pull|tls|image|use|create)[-_]?\w*secret$`)
	// sensitive are keys of a Secret, where names are shorter.
	sensitive = regexp.MustCompile(`(?i)pass|pwd|secret|token|key|cred|auth|salt`)
	// harmless are keys of a Secret that are kept in it for convenience.
	harmless    = regexp.MustCompile(`(?i)(^|[-_.])(user|username|login|host|hostname|port|url|uri|database|db|dbname|name|email|region|endpoint|bucket|type|ttl|enabled)$`)
	placeholder = regexp.MustCompile(`(?i)^(<.*>|\{.*\}|\[.*\]|\*+|x{3,}|\.{2,}|…|your[-_ ].*|true|false|null)?$`)
	pair        = regexp.MustCompile(`^(?:--?[\w-]+=)?([\w.\[\]/-]+)=(.+)$`)
	flagOnly    = regexp.MustCompile(`^--([\w-]+)$`)
	userinfo    = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://[^/\s:@]*:([^/\s:@]+)@`)
)

// isLiteral says whether a value stands in the script itself and is not merely in the place of one.
func isLiteral(s string) bool {
	return known(s) && !placeholder.MatchString(s) && !strings.HasPrefix(s, "@")
}

// short are the flags by which programs take a password and nothing else.
var short = map[string]struct {
	flag string
	word string // only in commands with this word
}{
	"docker": {"-p", "login"}, "podman": {"-p", "login"}, "nerdctl": {"-p", "login"}, "oc": {"-p", "login"},
	"redis-cli": {"-a", ""}, "az": {"-p", "login"}, "helm": {"-p", "login"}, "sshpass": {"-p", ""}, "mongosh": {"-p", ""}, "mongo": {"-p", ""},
}

// passwords finds the first password that is written out among the arguments of a command.
func (w *walker) passwords(k call) {
	if k.name == "echo" || k.name == "printf" || k.name == "cat" || k.name == "grep" || k.name == "sed" || k.name == "awk" {
		if len(k.to) > 0 && credential.MatchString(strings.TrimSuffix(path.Base(k.to[0]), path.Ext(k.to[0]))) && len(k.written) > 0 &&
			isLiteral(strings.Trim(k.written[len(k.written)-1], "\n")) && k.name != "cat" {
			w.plaintext(k.line, "", k.to[0])
		}
		return
	}
	if i := slices.Index(k.args, "--"); i >= 0 && i+1 < len(k.args) {
		inner := call{line: k.line, args: k.args[i+1:], written: k.written[i+1:]}
		inner.shift()
		w.passwords(inner)
	}
	secret := k.name == "kubectl" && has(k.args, "create") && has(k.args, "secret")
	for i, arg := range k.written {
		before := ""
		if i > 0 {
			before = k.written[i-1]
		}
		fromFile := strings.HasPrefix(arg, "--from-file") || before == "--from-file"
		literal := strings.Contains(arg, "from-literal") || before == "--from-literal"
		switch {
		case userinfo.MatchString(arg) && isLiteral(userinfo.FindStringSubmatch(arg)[1]):
			w.plaintext(k.line, "", "the address "+strings.SplitN(arg, ":", 2)[0]+"://…")
			return
		case flagOnly.MatchString(arg) && credential.MatchString(arg) && i+1 < len(k.written) && !strings.HasPrefix(k.written[i+1], "-") && isLiteral(k.written[i+1]):
			if !secret || strings.HasPrefix(arg, "--docker") {
				w.plaintext(k.line, "", arg)
				return
			}
		case pair.MatchString(arg) && !fromFile && (!secret || !literal):
			if name := w.pairs(arg); name != "" {
				w.plaintext(k.line, "", name)
				return
			}
		case shortPassword(k, i):
			w.plaintext(k.line, "", k.name)
			return
		}
	}
}

// pairs is the name of the first password in k=v or, as Helm has it, k=v,k2=v2.
func (w *walker) pairs(arg string) string {
	for part := range strings.SplitSeq(arg, ",") {
		m := pair.FindStringSubmatch(part)
		if m == nil || !credential.MatchString(m[1]) || named.MatchString(m[1]) || !isLiteral(m[2]) || strings.HasPrefix(m[2], "/") {
			continue
		}
		return m[1]
	}
	return ""
}

func shortPassword(k call, i int) bool {
	arg := k.written[i]
	if s, ok := short[k.name]; ok && (s.word == "" || has(k.args, s.word)) {
		return arg == s.flag && i+1 < len(k.written) && isLiteral(k.written[i+1])
	}
	switch k.name {
	case "mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump":
		return strings.HasPrefix(arg, "-p") && len(arg) > 2 && isLiteral(arg[2:])
	case "curl":
		if arg != "-u" && arg != "--user" || i+1 >= len(k.written) {
			return false
		}
		_, password, ok := strings.Cut(k.written[i+1], ":")
		return ok && isLiteral(password)
	}
	return false
}

// plaintext reports a password, once for a line.
func (w *walker) plaintext(line int, object, what string) {
	if key := fmt.Sprint("plaintext", line); !w.told[key] {
		w.told[key] = true
		w.problem("plaintext-credential-in-command", line, object,
			fmt.Sprintf("a password is written in the command (%s): it stays in this file, in the shell's history and for a moment in the list of processes", what),
			"Read it from a file that is not kept with the code (--from-file, --password-stdin) or from a secret store.")
	}
}

// literals looks at --from-literal of a Secret.
func (w *walker) literals(k call, object string) {
	var names []string
	for i, arg := range k.written {
		value, ok := strings.CutPrefix(arg, "--from-literal=")
		if !ok && (i == 0 || k.written[i-1] != "--from-literal") {
			continue
		}
		name, v, ok := strings.Cut(value, "=")
		if ok && isLiteral(v) && sensitive.MatchString(name) && !harmless.MatchString(name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		w.plaintext(k.line, object, strings.Join(names, ", "))
	}
}

// ends are extensions of files in which a last newline belongs to the format.
var ends = map[string]bool{
	".crt": true, ".pem": true, ".key": true, ".json": true, ".yaml": true, ".yml": true, ".conf": true, ".cnf": true, ".cfg": true,
	".env": true, ".properties": true, ".xml": true, ".toml": true, ".ini": true, ".sql": true, ".sh": true, ".pub": true, ".cert": true,
}

// oneLine says whether a value is one line whose end is not meant to be part of it.
func oneLine(name, value string) bool {
	v := strings.TrimRight(value, "\r\n")
	return v != value && v != "" && !strings.Contains(v, "\n") && !ends[strings.ToLower(path.Ext(name))] && !strings.HasPrefix(path.Base(name), "id_")
}

// newline reports a value that ends with a newline because a command printed one.
func (w *walker) newline(from output, object, what string) {
	key := fmt.Sprint("newline", from.line)
	if w.told[key] {
		return
	}
	w.told[key] = true
	var edits []objects.Edit
	if from.command == "echo" && from.line <= len(w.text.lines) && !w.edited(from.line) {
		line := w.text.lines[from.line-1]
		if strings.Count(line, "echo ") == 1 && !strings.Contains(line, "echo -") {
			edits = []objects.Edit{{
				File: w.file, Op: objects.EditLines, First: from.line, Last: from.line,
				Value: strings.Replace(line, "echo ", "echo -n ", 1),
			}}
		}
	}
	end := "a newline"
	if from.command == "echo" {
		end = "the newline that echo prints"
	}
	w.problem("secret-with-newline", from.line, object,
		what+" ends with "+end+": most programs take it as part of the password",
		"Write it without one: echo -n, or printf %s.", edits...)
}

// edited says whether a line is changed for another reason; the next reading finds what is left.
func (w *walker) edited(line int) bool {
	return slices.ContainsFunc(w.text.problems, func(p objects.Problem) bool { return p.Origin.Line == line })
}

func has(list []string, s string) bool { return slices.Contains(list, s) }
