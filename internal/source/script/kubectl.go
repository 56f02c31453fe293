package script

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/slipway-sh/slipway/internal/objects"
)

// flags are those of kubectl that say what is created; others are known so that their values are not taken for names.
type flags struct {
	*pflag.FlagSet
	namespace string
}

var (
	listFlags = []string{
		"from-file", "from-literal", "from-env-file", "verb", "resource", "resource-name", "non-resource-url", "user", "group",
		"serviceaccount", "image", "tcp", "env", "filename", "rule", "annotation", "audience",
	}
	textFlags = []string{
		"cert", "key", "docker-server", "docker-username", "docker-password", "docker-email", "type", "output", "role", "clusterrole",
		"replicas", "port", "target-port", "name", "hard", "scopes", "min-available", "max-unavailable", "selector", "value",
		"description", "preemption-policy", "min", "max", "cpu-percent", "cpu", "memory", "schedule", "restart", "class", "labels",
		"namespace", "context", "kubeconfig", "cluster", "kustomize", "field-manager", "clusterip", "external-name", "node-port",
		"protocol", "server", "token", "timeout", "for", "limits", "requests", "patch", "container", "tail", "as", "overrides", "validate-mode",
	}
	boolFlags = []string{
		"save-config", "append-hash", "overwrite", "all", "current", "all-namespaces", "global-default", "recursive", "server-side",
		"force-conflicts", "force", "rm", "stdin", "tty", "expose", "wait", "ignore-not-found", "watch", "prune", "quiet", "follow", "list",
		"insecure-skip-tls-verify", "local", "record",
	}
	shorthand = map[string]string{
		"namespace": "n", "output": "o", "filename": "f", "kustomize": "k", "selector": "l", "stdin": "i", "tty": "t", "recursive": "R",
		"all-namespaces": "A", "watch": "w", "container": "c", "patch": "p", "server": "s",
	}
)

func parse(args []string) (*flags, []string) {
	f := &flags{FlagSet: pflag.NewFlagSet("kubectl", pflag.ContinueOnError)}
	f.SetOutput(io.Discard)
	f.ParseErrorsAllowlist.UnknownFlags = true
	for _, name := range listFlags {
		f.StringArrayP(name, shorthand[name], nil, "")
	}
	for _, name := range textFlags {
		f.StringP(name, shorthand[name], "", "")
	}
	for _, name := range boolFlags {
		f.BoolP(name, shorthand[name], false, "")
	}
	for _, name := range []string{"dry-run", "validate", "cascade"} {
		f.String(name, "", "")
		f.Lookup(name).NoOptDefVal = "true"
	}
	// What cannot be parsed leaves what came before it.
	_ = f.Parse(args)
	f.namespace = f.text("namespace")
	return f, f.Args()
}

func (f *flags) text(name string) string   { v, _ := f.GetString(name); return v }
func (f *flags) list(name string) []string { v, _ := f.GetStringArray(name); return v }
func (f *flags) set(name string) bool      { return f.Changed(name) }

// split are the values of a flag that may be given several times and with commas.
func (f *flags) split(name string) []string {
	var all []string
	for _, v := range f.list(name) {
		all = append(all, strings.Split(v, ",")...)
	}
	return all
}

func kubectl(w *walker, k call) output {
	f, args := parse(k.args)
	if f.namespace == "" {
		f.namespace = w.space
	}
	if len(args) == 0 {
		return output{}
	}
	switch verb, args := args[0], args[1:]; verb {
	case "create":
		if len(args) == 0 {
			w.apply(k, f)
			return output{}
		}
		return w.create(k, f, args)
	case "apply", "replace":
		w.apply(k, f)
	case "run", "expose", "autoscale":
		return w.create(k, f, append([]string{verb}, args...))
	case "label", "annotate":
		w.label(k, verb, args, f)
	case "config":
		if len(args) > 0 && args[0] == "set-context" && f.set("namespace") {
			w.space = f.text("namespace")
		}
	case "project", "new-project":
		if len(args) == 0 || !nameOf("Namespace", args[0]) {
			break
		}
		w.space = args[0]
		if verb == "new-project" {
			w.add(k, namespace(args[0]))
		}
	}
	return output{}
}

// create makes the object of kubectl create. With --dry-run it is printed and not created.
func (w *walker) create(k call, f *flags, args []string) output {
	w.at = k.line
	w.object = "secret " + strings.TrimPrefix(f.namespace+"/"+args[len(args)-1], "/")
	obj, name := w.build(k, f, args)
	if obj == nil || !nameOf(kindOf(obj), name) || !known(f.namespace) {
		return output{}
	}
	o := objects.New(obj, objects.Origin{File: w.file, Line: k.line})
	o.Meta().SetName(name)
	if !clusterWide[o.Kind()] {
		o.Meta().SetNamespace(f.namespace)
	}
	if o.Kind() == "Secret" {
		w.literals(k, w.object)
	}
	if f.set("dry-run") && f.text("dry-run") != "none" && f.text("dry-run") != "false" {
		return output{objects: []*objects.Object{o}, line: k.line}
	}
	w.result.Objects = append(w.result.Objects, o)
	return output{}
}

func (w *walker) add(k call, obj runtime.Object) {
	w.result.Objects = append(w.result.Objects, objects.New(obj, objects.Origin{File: w.file, Line: k.line}))
}

var clusterWide = map[string]bool{"Namespace": true, "ClusterRole": true, "ClusterRoleBinding": true, "PriorityClass": true}

func kindOf(obj runtime.Object) string { return objects.New(obj, objects.Origin{}).Kind() }

// nameOf says whether a name is known and one that Kubernetes takes.
func nameOf(kind, name string) bool {
	if name == "" || !known(name) {
		return false
	}
	switch kind {
	case "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding":
		return !strings.ContainsAny(name, "/% \n<>")
	case "Namespace", "Service":
		return len(validation.ValidateNamespaceName(name, false)) == 0
	}
	return len(validation.NameIsDNSSubdomain(name, false)) == 0
}

// apply notes what kubectl apply, create -f and replace are given.
func (w *walker) apply(k call, f *flags) {
	for _, name := range f.split("filename") {
		switch {
		case !known(name):
		case name == "-":
			w.applyOutput(k.in, f.namespace)
		case strings.Contains(name, "://"):
			w.installs(name)
		default:
			w.applyFile(clean(name), f.namespace)
		}
	}
	if name := f.text("kustomize"); name != "" && known(name) {
		if strings.Contains(name, "://") || strings.Contains(name, "github.com/") {
			w.installs(name)
		} else {
			w.result.Applies = append(w.result.Applies, clean(name))
		}
	}
}

func (w *walker) applyFile(name, space string) {
	found := false
	for _, file := range slices.Sorted(maps.Keys(w.written)) {
		if file == name || strings.HasPrefix(file, strings.TrimSuffix(name, "/")+"/") {
			found = found || file == name
			w.applyOutput(w.written[file], space)
			delete(w.written, file)
		}
	}
	if !found {
		w.result.Applies = append(w.result.Applies, name)
	}
}

func (w *walker) applyOutput(out output, space string) {
	for _, o := range out.objects {
		if o.Namespace() == "" && !clusterWide[o.Kind()] {
			o.Meta().SetNamespace(space)
		}
	}
	w.result.Objects = append(w.result.Objects, out.objects...)
	if file, ok := strings.CutPrefix(out.command, "cat "); ok && known(file) {
		w.result.Applies = append(w.result.Applies, clean(file))
	}
	if out.text != "" && strings.Contains(out.text, ":") {
		w.result.Manifests = append(w.result.Manifests, Manifest{Line: out.line, Namespace: space, Text: strings.ReplaceAll(out.text, unknown, "unknown")})
	}
}
