package position

import (
	"os"
	"path/filepath"
	"slices"
)

// Project is a whole Compose project: all its files laid over one another.
type Project struct {
	Root  *Node
	Files map[string]*Node // every file that was read, by itself

	expand func(string) string
}

// Place is a file and a line in it.
type Place struct {
	File string
	Line int
}

// Load reads the files of a project and those they include or extend from. dir is the project directory, expand
// interpolates the names of files. The files named must exist; for those they lead to, compose-go has the error.
func Load(files []string, dir string, expand func(string) string) (*Project, error) {
	p := &Project{Files: map[string]*Node{}, expand: expand}
	root, err := p.load(files, dir, nil)
	if err != nil {
		return nil, err
	}
	p.Root = root
	return p, nil
}

// At gives the place of a path, or of the nearest key around it.
func (p *Project) At(path ...string) Place {
	n := p.Root.Nearest(path...)
	return Place{n.File, n.Line}
}

func (p *Project) load(files []string, dir string, via []string) (*Node, error) {
	var whole *Node
	for _, f := range files {
		n, err := p.read(f)
		if err != nil {
			return nil, err
		}
		n, err = p.included(n, dir, append(via, f))
		if err != nil {
			return nil, err
		}
		n, err = p.extended(n, f, dir)
		if err != nil {
			return nil, err
		}
		whole = Over(whole, n)
	}
	return whole, nil
}

func (p *Project) read(file string) (*Node, error) {
	if n, ok := p.Files[file]; ok {
		return n, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	n, err := Parse(file, text)
	if err == nil {
		p.Files[file] = n
	}
	return n, err
}

// included lays a file over those it includes.
func (p *Project) included(n *Node, dir string, via []string) (*Node, error) {
	list := n.Child("include")
	if list == nil || list.Kind != List {
		return n, nil
	}
	var base *Node
	for _, it := range list.Items {
		paths, project := it, it.Child("project_directory")
		if it.Kind == Map {
			paths = it.Child("path")
		}
		var files []string
		switch {
		case paths == nil:
		case paths.Kind == Scalar:
			files = []string{p.path(dir, paths.Value)}
		default:
			for _, f := range paths.Items {
				files = append(files, p.path(dir, f.Value))
			}
		}
		if len(files) == 0 || slices.Contains(via, files[0]) || missing(files) {
			continue
		}
		under := filepath.Dir(files[0])
		if project != nil {
			under = p.path(dir, project.Value)
		}
		in, err := p.load(files, under, via)
		if err != nil {
			return nil, err
		}
		base = Over(base, in)
	}
	return Over(base, n), nil
}

// extended lays every service of a file over the one it extends.
func (p *Project) extended(n *Node, file, dir string) (*Node, error) {
	services := n.Child("services")
	if services == nil || services.Kind != Map {
		return n, nil
	}
	out := &Node{Kind: Map, File: services.File, Line: services.Line, kids: map[string]*Node{}}
	for _, name := range services.keys {
		s, err := p.service(services, name, file, dir, nil)
		if err != nil {
			return nil, err
		}
		out.set(name, s)
	}
	whole := &Node{Kind: Map, File: n.File, Line: n.Line, kids: map[string]*Node{}}
	for _, k := range n.keys {
		whole.set(k, n.kids[k])
	}
	whole.set("services", out)
	return whole, nil
}

func (p *Project) service(services *Node, name, file, dir string, via []string) (*Node, error) {
	s := services.Child(name)
	ext := s.Child("extends")
	if ext == nil || slices.Contains(via, file+"#"+name) {
		return s, nil
	}
	via = append(via, file+"#"+name)
	ref, from := ext.Value, ""
	if ext.Kind == Map {
		if c := ext.Child("service"); c != nil {
			ref = c.Value
		}
		if c := ext.Child("file"); c != nil {
			from = p.path(dir, c.Value)
		}
	}
	if from != "" {
		if missing([]string{from}) {
			return s, nil
		}
		other, err := p.read(from)
		if err != nil {
			return nil, err
		}
		services, file, dir = other.Child("services"), from, filepath.Dir(from)
	}
	base, err := p.service(services, ref, file, dir, via)
	if err != nil || base == nil {
		return s, err
	}
	return Over(base, s), nil
}

func (p *Project) path(dir, name string) string {
	name = p.expand(name)
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}

func missing(files []string) bool {
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.IsDir() {
			return true
		}
	}
	return false
}
