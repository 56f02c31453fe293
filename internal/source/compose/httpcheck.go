package compose

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mattn/go-shellwords"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// quiet are options of curl and wget that change nothing about what is asked and what counts as an answer.
// The value says whether the option takes an argument.
var quiet = map[string]map[string]bool{
	"curl": {
		"-s": false, "-S": false, "-L": false, "-o": true, "-m": true, "--silent": false, "--show-error": false, "--location": false,
		"--output": true, "--max-time": true, "--connect-timeout": true, "-4": false, "--ipv4": false,
	},
	"wget": {
		"-q": false, "--quiet": false, "--spider": false, "-S": false, "--no-verbose": false, "-nv": false, "-O": true, "-T": true,
		"-t": true, "--tries": true, "--timeout": true, "--output-document": true, "--no-check-certificate": false, "-Y": true,
	},
}

// httpCheck recognises a healthcheck that asks the container itself over HTTP with curl or wget, where the node asking
// the same gives the same answer; then the image needs neither them nor a shell. The port must be one that the service
// declares: a server may well listen to others on its loopback alone.
func httpCheck(test []string, listens func(int32) bool) *corev1.HTTPGetAction {
	words := test[1:]
	if test[0] == "CMD-SHELL" {
		if len(test) != 2 {
			return nil
		}
		var ok bool
		if words, ok = plainWords(test[1]); !ok {
			return nil
		}
	}
	if len(words) < 2 {
		return nil
	}
	tool := words[0][strings.LastIndexByte(words[0], '/')+1:]
	known := quiet[tool]
	if known == nil {
		return nil
	}
	target, fails, insecure := "", tool == "wget", false
	for i := 1; i < len(words); i++ {
		w := words[i]
		name, _, hasValue := strings.Cut(w, "=")
		takesValue, harmless := known[name]
		switch {
		case !strings.HasPrefix(w, "-"):
			if target != "" {
				return nil
			}
			target = w
		case tool == "curl" && (w == "-f" || w == "--fail"):
			fails = true
		case w == "-k" || w == "--insecure" || w == "--no-check-certificate":
			insecure = true
		case harmless:
			if takesValue && !hasValue {
				i++
			}
		case bundled(w, known, &fails, &insecure):
		default:
			return nil
		}
	}
	if !fails {
		return nil // curl without -f is content with any answer
	}
	return httpGet(target, insecure, listens)
}

// bundled reads -fsSL and -qO-; the last letter may take what follows in the same word.
func bundled(w string, known map[string]bool, fails, insecure *bool) bool {
	if strings.HasPrefix(w, "--") || len(w) < 3 {
		return false
	}
	for i, letter := range w[1:] {
		switch takesValue, ok := known["-"+string(letter)]; {
		case letter == 'f':
			*fails = true
		case letter == 'k':
			*insecure = true
		case !ok:
			return false
		case takesValue:
			return i+2 < len(w) // -O- and -T5 carry their value
		}
	}
	return true
}

// plainWords takes a shell command apart that does nothing but run one program: "curl … || exit 1", "… > /dev/null".
func plainWords(command string) ([]string, bool) {
	command = strings.TrimSpace(command)
	if i := strings.Index(command, "||"); i >= 0 {
		switch strings.Join(strings.Fields(command[i+2:]), " ") {
		case "exit 1", "false", "exit 1;":
			command = command[:i]
		default:
			return nil, false
		}
	}
	for _, end := range []string{"> /dev/null 2>&1", ">/dev/null 2>&1", "&> /dev/null", "&>/dev/null", "> /dev/null", ">/dev/null", "2>&1"} {
		command = strings.TrimSuffix(strings.TrimSpace(command), end)
	}
	if strings.ContainsAny(command, "|&;<>$`()\n*") {
		return nil, false
	}
	words, err := shellwords.Parse(command)
	return words, err == nil
}

func httpGet(target string, insecure bool, listens func(int32) bool) *corev1.HTTPGetAction {
	if !strings.Contains(target, "://") {
		target = "http://" + target
	}
	u, err := url.Parse(target)
	if err != nil || u.User != nil || u.Fragment != "" {
		return nil
	}
	if !slices.Contains([]string{"localhost", "127.0.0.1", "::1", "0.0.0.0"}, u.Hostname()) {
		return nil
	}
	port, get := 80, &corev1.HTTPGetAction{Path: u.RequestURI()}
	switch {
	case u.Scheme == "https" && insecure: // a probe does not look at certificates
		port, get.Scheme = 443, corev1.URISchemeHTTPS
	case u.Scheme != "http":
		return nil
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return nil
		}
	}
	if !listens(int32(port)) { //nolint:gosec // checked above
		return nil
	}
	get.Port = intstr.FromInt32(int32(port)) //nolint:gosec // checked above
	get.HTTPHeaders = []corev1.HTTPHeader{{Name: "Host", Value: u.Host}}
	return get
}
