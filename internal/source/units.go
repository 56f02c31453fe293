package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// unit is what is read together and makes one application.
type unit struct {
	sort  sort
	dir   string   // of a kustomization or chart; the folder of the others
	files []string // of the others
	named map[string]bool
	whole bool // a person named it, so that it is looked at although another is made of it
}

type sort int

const (
	manifests sort = iota
	composeProject
	kustomization
	chart
	terraformFiles
)

// Stdin is how the standard input is named as a file.
const Stdin = "-"

// discover sees what the paths hold: every Compose project, kustomization and chart is a unit of its own; all loose
// manifests are one, and so are all Terraform files.
func discover(paths []string) ([]*unit, error) {
	d := &discovery{loose: &unit{sort: manifests, named: map[string]bool{}}, tf: &unit{sort: terraformFiles}, used: map[string]bool{}}
	for _, p := range paths {
		if p == Stdin {
			d.addLoose(p, true)
			continue
		}
		info, err := os.Stat(p)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: there is no such file", p)
		case err != nil:
			return nil, fmt.Errorf("%s: cannot be read: %w", p, errors.Unwrap(err))
		case info.IsDir():
			if err := d.folder(p, true); err != nil {
				return nil, err
			}
		default:
			if err := d.file(p); err != nil {
				return nil, err
			}
		}
	}
	d.units = slices.DeleteFunc(d.units, func(u *unit) bool { return u.sort == kustomization && !u.whole && d.used[u.dir] })
	if len(d.loose.files) > 0 {
		d.units = append([]*unit{d.loose}, d.units...)
	}
	if len(d.tf.files) > 0 {
		d.units = append(d.units, d.tf)
	}
	return d.units, nil
}

type discovery struct {
	units     []*unit
	loose, tf *unit
	used      map[string]bool // folders of kustomizations that others are made of
}

func (d *discovery) addLoose(file string, named bool) {
	if d.loose.dir == "" {
		d.loose.dir = filepath.Dir(file)
	}
	if !slices.Contains(d.loose.files, file) {
		d.loose.files = append(d.loose.files, file)
	}
	d.loose.named[file] = d.loose.named[file] || named
}

// file takes a file that a person named.
func (d *discovery) file(path string) error {
	switch base := filepath.Base(path); {
	case isKustomization(base):
		d.addKustomization(filepath.Dir(path), base, true)
	case base == "Chart.yaml" || strings.HasSuffix(base, ".tgz"):
		dir := path
		if base == "Chart.yaml" {
			dir = filepath.Dir(path)
		}
		d.units = append(d.units, &unit{sort: chart, dir: dir})
	case strings.HasSuffix(base, ".tf"):
		d.tf.files = append(d.tf.files, path)
	default:
		seen, err := look(path)
		if err != nil {
			return err
		}
		if seen.compose {
			d.addCompose(path)
		} else {
			d.addLoose(path, true)
		}
	}
	return nil
}

// addCompose adds a file to the project whose files are in the same folder, as -f twice does.
func (d *discovery) addCompose(path string) {
	for _, u := range d.units {
		if u.sort == composeProject && u.dir == filepath.Dir(path) {
			u.files = append(u.files, path)
			return
		}
	}
	d.units = append(d.units, &unit{sort: composeProject, dir: filepath.Dir(path), files: []string{path}})
}

// addKustomization adds the kustomization in a folder, and notes the folders that it is made of: a base is seen through
// what is made of it.
func (d *discovery) addKustomization(dir, file string, named bool) {
	d.units = append(d.units, &unit{sort: kustomization, dir: dir, whole: named})
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return // whoever builds it says so
	}
	var k struct {
		Resources  []string `json:"resources"`
		Bases      []string `json:"bases"`
		Components []string `json:"components"`
	}
	if yaml.Unmarshal(text, &k) != nil {
		return
	}
	for _, r := range slices.Concat(k.Resources, k.Bases, k.Components) {
		d.used[filepath.Join(dir, r)] = true
	}
}

// passed are folders that hold other people's files.
var passed = map[string]bool{"node_modules": true, "vendor": true}

func (d *discovery) folder(dir string, named bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("%s: cannot be read: %w", dir, errors.Unwrap(err))
	}
	for _, e := range entries {
		if isKustomization(e.Name()) {
			d.addKustomization(dir, e.Name(), named)
			return nil
		}
		if e.Name() == "Chart.yaml" {
			d.units = append(d.units, &unit{sort: chart, dir: dir})
			return nil
		}
	}
	if f := one(dir, names); f != "" {
		u := &unit{sort: composeProject, dir: dir, files: []string{f}}
		if over := one(dir, overrides); over != "" {
			u.files = append(u.files, over)
		}
		d.units = append(d.units, u)
	}
	for _, e := range entries {
		name, path := e.Name(), filepath.Join(dir, e.Name())
		if info, err := os.Stat(path); err != nil || strings.HasPrefix(name, ".") {
			continue
		} else if info.IsDir() && e.Type()&fs.ModeSymlink == 0 {
			if !passed[name] {
				if err := d.folder(path, false); err != nil {
					return err
				}
			}
			continue
		} else if !info.Mode().IsRegular() {
			continue
		}
		switch filepath.Ext(name) {
		case ".tf":
			d.tf.files = append(d.tf.files, path)
		case ".yaml", ".yml", ".json":
			if slices.Contains(names, name) || slices.Contains(overrides, name) {
				continue
			}
			seen, err := look(path)
			if err != nil {
				return err
			}
			if seen.compose {
				d.units = append(d.units, &unit{sort: composeProject, dir: dir, files: []string{path}})
			} else {
				d.addLoose(path, false)
			}
		}
	}
	return nil
}

func isKustomization(name string) bool {
	return name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization"
}
