package script

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// content is what a file holds: what the commands wrote into it, else what lies beside the script, else Placeholder.
func (w *walker) content(name string) (value string, from output, ok bool) {
	if out, written := w.written[clean(name)]; written {
		if out.known {
			return out.text, out, true
		}
		return Placeholder, out, false
	}
	if text, found := w.beside(clean(name)); found {
		return string(text), output{}, true
	}
	return Placeholder, output{}, false
}

// data is what --from-file, --from-literal and --from-env-file put into a Secret or ConfigMap.
func (w *walker) data(f *flags, each func(key, file, value string, from output, ok bool)) {
	for _, v := range f.list("from-literal") {
		if key, value, ok := strings.Cut(v, "="); ok && known(key) {
			if !known(value) {
				value = Placeholder
			}
			each(key, "", value, output{}, true)
		}
	}
	for _, v := range f.list("from-file") {
		key, file, named := strings.Cut(v, "=")
		if !named {
			file = v
			key = path.Base(clean(v))
			if w.folder(clean(file), each) {
				continue
			}
		}
		if known(key) {
			value, from, ok := w.content(file)
			each(key, file, value, from, ok)
		}
	}
	for _, file := range f.list("from-env-file") {
		text, _, ok := w.content(file)
		for line := range strings.Lines(text) {
			key, value, is := strings.Cut(strings.TrimSpace(line), "=")
			if ok && is && key != "" && !strings.HasPrefix(key, "#") && known(key) {
				each(key, "", value, output{}, true)
			}
		}
	}
}

// folder gives every file of a folder beside the script. It fails if there is none.
func (w *walker) folder(name string, each func(key, file, value string, from output, ok bool)) bool {
	if _, _, ok := w.content(name); ok || w.root == nil {
		return false
	}
	entries, err := fs.ReadDir(w.root.FS(), path.Clean(strings.TrimSuffix(name, "/")))
	if err != nil {
		return false
	}
	for _, e := range entries[:min(len(entries), 1000)] {
		if e.Type().IsRegular() {
			file := path.Join(name, e.Name())
			value, from, ok := w.content(file)
			each(e.Name(), file, value, from, ok)
		}
	}
	return true
}

func configMap(w *walker, _ call, f *flags, _ []string) runtime.Object {
	c := &corev1.ConfigMap{Data: map[string]string{}}
	w.data(f, func(key, _, value string, _ output, _ bool) {
		if utf8.ValidString(value) {
			c.Data[key] = value
			return
		}
		if c.BinaryData == nil {
			c.BinaryData = map[string][]byte{}
		}
		c.BinaryData[key] = []byte(value)
	})
	return c
}

func (w *walker) secret(kind string, f *flags) runtime.Object {
	s := &corev1.Secret{Type: corev1.SecretTypeOpaque, Data: map[string][]byte{}}
	switch kind {
	case "generic":
		if t := f.text("type"); t != "" && known(t) {
			s.Type = corev1.SecretType(t)
		}
		w.data(f, func(key, file, value string, from output, _ bool) {
			s.Data[key] = []byte(value)
			if from.line > 0 {
				value = from.text
			}
			if file != "" && oneLine(file, value) {
				w.fileWithNewline(file, from)
			}
		})
	case "tls":
		s.Type = corev1.SecretTypeTLS
		for key, flag := range map[string]string{corev1.TLSCertKey: "cert", corev1.TLSPrivateKeyKey: "key"} {
			value, _, _ := w.content(f.text(flag))
			s.Data[key] = []byte(value)
		}
	case "docker-registry":
		s.Type = corev1.SecretTypeDockerConfigJson
		s.Data[corev1.DockerConfigJsonKey] = []byte(w.registry(f))
	default:
		return nil
	}
	return s
}

// fileWithNewline reports a file that the commands write, at the command that writes it, and one beside the script at the
// command that reads it.
func (w *walker) fileWithNewline(file string, from output) {
	if from.line == 0 {
		from = output{line: w.at}
	}
	w.newline(from, w.object, fmt.Sprintf("%s, which becomes a value of a Secret,", clean(file)))
}

// registry is the content of a Secret with which images are pulled.
func (w *walker) registry(f *flags) string {
	if files := f.list("from-file"); len(files) > 0 {
		_, file, named := strings.Cut(files[0], "=")
		if !named {
			file = files[0]
		}
		text, _, ok := w.content(file)
		if ok {
			return text
		}
		return `{"auths":{}}`
	}
	server := f.text("docker-server")
	if server == "" {
		server = "https://index.docker.io/v1/"
	}
	entry := map[string]string{}
	for name, flag := range map[string]string{"username": "docker-username", "password": "docker-password", "email": "docker-email"} {
		if v := f.text(flag); v != "" {
			if !known(v) {
				v = Placeholder
			}
			entry[name] = v
		}
	}
	text, err := json.Marshal(map[string]any{"auths": map[string]any{strings.ReplaceAll(server, unknown, "unknown"): entry}})
	if err != nil {
		return `{"auths":{}}`
	}
	return string(text)
}
