package script

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// call is one command with its arguments.
type call struct {
	line    int
	name    string   // of the program, without folder and .exe
	args    []string // with variables expanded
	written []string // as they stand in the script, variables unknown
	in      output
	to      []string // files that it prints to
}

// prefixes are programs that run another one; the flags listed take a value.
var prefixes = map[string]string{"sudo": "-u -g", "time": "", "exec": "", "env": "", "command": "", "nohup": "", "watch": "-n"}

// programs are what is understood. Of all others only the arguments are looked at for passwords.
var programs map[string]func(*walker, call) output

func init() {
	programs = map[string]func(*walker, call) output{
		"kubectl": kubectl, "oc": kubectl, "k": kubectl,
		"helm": helm, "docker-compose": compose, "podman-compose": compose,
		"docker": containers, "podman": containers, "nerdctl": containers,
		"kubens": kubens, "minikube": distribution, "microk8s": distribution, "k3s": distribution,
		"istioctl": mesh, "linkerd": mesh,
		"echo": echo, "printf": printf, "cat": cat, "tee": tee, "envsubst": pass, "kubeseal": pass, "base64": base64,
	}
}

func (w *walker) call(c *syntax.CallExpr, in output, to []string) output {
	for _, a := range c.Assigns {
		w.assign(a)
	}
	// A variable that is set for one command alone is as visible as one of the script.
	if len(c.Args) == 0 {
		return output{}
	}
	k := call{line: w.line(c.Args[0]), in: in, to: to}
	for _, word := range c.Args {
		k.args = append(k.args, w.expand(word))
		k.written = append(k.written, asWritten(word))
	}
	k.shift()
	for takes, ok := prefixes[k.name]; ok && len(k.args) > 0; takes, ok = prefixes[k.name] {
		for len(k.args) > 0 && (strings.HasPrefix(k.args[0], "-") || strings.Contains(k.args[0], "=")) {
			flag := k.args[0]
			k.drop()
			if takes != "" && strings.Contains(" "+takes+" ", " "+flag+" ") && len(k.args) > 0 {
				k.drop()
			}
		}
		if len(k.args) == 0 {
			return output{}
		}
		k.shift()
	}
	w.passwords(k)
	if run, ok := programs[k.name]; ok {
		return run(w, k)
	}
	return output{}
}

// shift takes the first argument as the program's name.
func (k *call) shift() {
	k.name = strings.ToLower(strings.TrimSuffix(path.Base(clean(k.args[0])), ".exe"))
	k.drop()
}

func (k *call) drop() { k.args, k.written = k.args[1:], k.written[1:] }

// echo prints its arguments and a newline, unless the first ones are flags.
func echo(_ *walker, k call) output {
	end := "\n"
	args := k.args
	for len(args) > 0 && (args[0] == "-n" || args[0] == "-e" || args[0] == "-E" || args[0] == "-ne" || args[0] == "-en") {
		if strings.Contains(args[0], "n") {
			end = ""
		}
		args = args[1:]
	}
	s := strings.Join(args, " ") + end
	return output{text: s, known: known(s), line: k.line, command: "echo"}
}

func printf(_ *walker, k call) output {
	if len(k.args) == 0 {
		return output{}
	}
	s := strings.ReplaceAll(k.args[0], `\n`, "\n")
	for _, a := range k.args[1:] {
		s = strings.Replace(s, "%s", a, 1)
	}
	return output{text: s, known: known(s) && !strings.Contains(s, "%"), line: k.line, command: "printf"}
}

// cat gives on what it reads. A file that is there already is applied as if kubectl had been given its name.
func cat(w *walker, k call) output {
	for _, name := range k.args {
		if strings.HasPrefix(name, "-") {
			continue
		}
		if file, ok := w.written[clean(name)]; ok {
			return file
		}
		return output{command: "cat " + name}
	}
	return k.in
}

func tee(w *walker, k call) output {
	for _, name := range k.args {
		if !strings.HasPrefix(name, "-") {
			w.written[clean(name)] = k.in
		}
	}
	return k.in
}

func pass(_ *walker, k call) output { return k.in }

func base64(w *walker, k call) output {
	for _, a := range k.args {
		if a == "-d" || a == "-D" || a == "--decode" {
			return output{}
		}
	}
	if k.in.command == "echo" && strings.HasSuffix(k.in.text, "\n") && strings.Trim(k.in.text, "\n") != "" {
		w.newline(k.in, "", "the value that is encoded")
	}
	return output{}
}

func kubens(w *walker, k call) output {
	if len(k.args) > 0 && nameOf("Namespace", k.args[0]) {
		w.space = k.args[0]
	}
	return output{}
}
