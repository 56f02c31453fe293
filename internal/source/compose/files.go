package compose

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// maxContent is what a ConfigMap or Secret may hold: etcd's limit of a request, less room for the object around it.
const maxContent = 1<<20 - 1<<14

// content is one file that goes into a ConfigMap or Secret.
type content struct {
	rel  string // path below the mount; "" for a single file
	key  string
	data []byte
	mode int32
}

var notKey = regexp.MustCompile(`[^-._a-zA-Z0-9]+`)

// inline reads what a bind mount shows, if it is small enough to travel with the objects. Folders of the system are
// not read: what is in them belongs to the machine.
func inline(source string) ([]content, bool) {
	for _, system := range []string{"/proc", "/sys", "/dev", "/run", "/var/run", "/var/lib"} {
		if source == "/" || source == system || strings.HasPrefix(source, system+"/") {
			return nil, false
		}
	}
	info, err := os.Stat(source)
	if err != nil {
		return nil, false
	}
	if info.Mode().IsRegular() {
		f, ok := readContent(source, info, maxContent)
		f.key = key(filepath.Base(source))
		return []content{f}, ok
	}
	var files []content
	total, visited := 0, 0
	err = filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
		if visited++; err != nil || visited > 500 {
			return fs.ErrInvalid
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.IsDir() {
			return nil
		}
		f, ok := readContent(path, info, maxContent-total)
		if !ok {
			return fs.ErrInvalid
		}
		total += len(f.data)
		f.rel, err = filepath.Rel(source, path)
		f.key = key(strings.ReplaceAll(f.rel, string(filepath.Separator), "__"))
		files = append(files, f)
		return err
	})
	return files, err == nil && uniqueKeys(files)
}

func readContent(path string, info fs.FileInfo, limit int) (content, bool) {
	if !info.Mode().IsRegular() || info.Size() > int64(limit) {
		return content{}, false
	}
	f, err := os.Open(path)
	if err != nil {
		return content{}, false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	mode := int32(0o644)
	if info.Mode()&0o111 != 0 {
		mode = 0o755
	}
	return content{data: data, mode: mode}, err == nil && len(data) <= limit
}

func uniqueKeys(files []content) bool {
	seen := map[string]bool{}
	for _, f := range files {
		if seen[f.key] {
			return false
		}
		seen[f.key] = true
	}
	return true
}

func key(name string) string {
	k := notKey.ReplaceAllString(name, "_")
	if k == "." || k == ".." || k == "" {
		k = "file"
	}
	return k[:min(len(k), 253)]
}

func secretContent(files []content) bool {
	return slices.ContainsFunc(files, func(f content) bool { return bytes.Contains(f.data, []byte("PRIVATE KEY-----")) })
}

// addFiles makes the ConfigMap, or for private keys the Secret, of a bind mount, and tells the pod's volume.
func (c *compiler) addFiles(u *unit, m mount, files []content) corev1.VolumeSource {
	name := c.freeName("ConfigMap", label(u.id+"-"+filepath.Base(m.Target)))
	var items []corev1.KeyToPath
	for _, f := range files {
		if f.rel != "" && (f.rel != f.key || f.mode != 0o644) || f.mode != 0o644 {
			items = allItems(files)
			break
		}
	}
	if secretContent(files) {
		s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string][]byte{}}
		for _, f := range files {
			s.Data[f.key] = f.data
		}
		c.add(s, u.id, m.path...)
		return corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: name, Items: items}}
	}
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
	for _, f := range files {
		putText(cm, f.key, f.data)
	}
	c.add(cm, u.id, m.path...)
	return corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
		LocalObjectReference: corev1.LocalObjectReference{Name: name}, Items: items}}
}

func allItems(files []content) []corev1.KeyToPath {
	var items []corev1.KeyToPath
	for _, f := range files {
		rel := f.rel
		if rel == "" {
			rel = f.key
		}
		mode := f.mode
		items = append(items, corev1.KeyToPath{Key: f.key, Path: rel, Mode: &mode})
	}
	return items
}

// putText stores text as text, so that it can be reviewed, and the rest as bytes.
func putText(cm *corev1.ConfigMap, key string, data []byte) {
	if utf8.Valid(data) {
		if cm.Data == nil {
			cm.Data = map[string]string{}
		}
		cm.Data[key] = string(data)
		return
	}
	if cm.BinaryData == nil {
		cm.BinaryData = map[string][]byte{}
	}
	cm.BinaryData[key] = data
}

func (c *compiler) freeName(kind, name string) string {
	free := name
	for i := 2; c.app.Find(kind, free) != nil; i++ {
		free = fmt.Sprintf("%s-%d", name[:min(len(name), 58)], i)
	}
	return free
}
