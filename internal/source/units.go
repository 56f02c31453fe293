package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// unit is what is read together and makes one application.
type unit struct {
	sort  sort
	dir   string   // of a kustomization or chart; the folder of the others
	files []string // of the others
	named map[string]bool
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
	d := &discovery{loose: &unit{sort: manifests, named: map[string]bool{}}, tf: &unit{sort: terraformFiles}}
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
			if err := d.folder(p); err != nil {
				return nil, err
			}
		default:
			if err := d.file(p); err != nil {
				return nil, err
			}
		}
	}
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
		d.units = append(d.units, &unit{sort: kustomization, dir: filepath.Dir(path)})
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

// passed are folders that hold other people's files.
var passed = map[string]bool{"node_modules": true, "vendor": true}

func (d *discovery) folder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("%s: cannot be read: %w", dir, errors.Unwrap(err))
	}
	for _, e := range entries {
		if isKustomization(e.Name()) {
			d.units = append(d.units, &unit{sort: kustomization, dir: dir})
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
				if err := d.folder(path); err != nil {
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
