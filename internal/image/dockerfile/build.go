package dockerfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Inputs is what a plan is carried out with.
type Inputs struct {
	Context  string // the directory that COPY reads
	File     string // the Dockerfile, for its own .dockerignore
	Cache    Cache
	Progress io.Writer
}

// Cache keeps the files of stages between builds. Stage calls fill with an empty directory if it has none under the
// key, and returns the directory, which stays until release is called.
type Cache interface {
	Stage(key string, fill func(dir string) error) (dir string, release func(), err error)
}

// stageRun is one stage being carried out.
type stageRun struct {
	ctx        context.Context
	dir        string
	root       *os.Root
	context    *os.Root
	ignored    func(string) bool
	exclusions bool
	dirs       map[int]string // of the stages before
	progress   io.Writer
}

// Run carries a plan out and calls done with the directory of the target's files and its configuration. The
// directory may be gone when Run returns.
func (p *Plan) Run(ctx context.Context, in Inputs, done func(dir string, config v1.Config) error) error {
	root, err := os.OpenRoot(in.Context)
	if err != nil {
		return fmt.Errorf("build context: %w", err)
	}
	defer func() { _ = root.Close() }()
	ign, err := readIgnore(in.Context, in.File)
	if err != nil {
		return err
	}
	state, err := ign.hash(root)
	if err != nil {
		return fmt.Errorf("build context %s: %w", in.Context, err)
	}
	for _, n := range p.Notes {
		fmt.Fprintln(in.Progress, n)
	}
	r := &stageRun{ctx: ctx, context: root, ignored: ign.match, exclusions: ign.exclusions, dirs: map[int]string{}, progress: in.Progress}
	keys := map[int]string{}
	var releases []func()
	defer func() {
		for _, release := range releases {
			release()
		}
	}()
	for i := 0; i <= p.target; i++ {
		st, ok := p.stages[i]
		if !ok {
			continue
		}
		keys[i] = st.key(keys, state)
		dir, release, err := in.Cache.Stage(keys[i], func(dir string) error { return r.fill(st, dir) })
		if err != nil {
			return err
		}
		releases = append(releases, release)
		r.dirs[i] = dir
	}
	return done(r.dirs[p.target], p.stages[p.target].config)
}

// key names what a stage's files depend on.
func (st *stage) key(keys map[int]string, state string) string {
	h := sha256.New()
	fmt.Fprintln(h, "1", keys[st.base], st.golang)
	for _, s := range st.steps {
		fmt.Fprintln(h, s.key)
		switch {
		case s.from >= 0:
			fmt.Fprintln(h, keys[s.from])
		case strings.HasPrefix(s.key, "copy"):
			fmt.Fprintln(h, state)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// fill carries out the steps of a stage in an empty directory.
func (r *stageRun) fill(st *stage, dir string) (err error) {
	one := *r
	one.dir = dir
	if one.root, err = os.OpenRoot(dir); err != nil {
		return err
	}
	defer func() { _ = one.root.Close() }()
	if st.base >= 0 {
		if err := one.copy(copied{sources: []string{"."}, dest: "/", keep: true}, st.base); err != nil {
			return err
		}
	}
	for _, s := range st.steps {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if err := s.do(&one); err != nil {
			return err
		}
	}
	return nil
}

// relative is a path of the image for os.Root.
func relative(p string) string {
	if p = path.Clean("/" + p)[1:]; p == "" {
		return "."
	}
	return p
}

func (r *stageRun) isDir(p string) bool {
	info, err := r.root.Stat(relative(p))
	return err == nil && info.IsDir()
}

// mkdirAll makes directories as builders do: root's, 0755, whatever the umask.
func (r *stageRun) mkdirAll(p string) error {
	p = relative(p)
	if p == "." {
		return nil
	}
	if info, err := r.root.Stat(p); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is not a directory", p)
		}
		return nil
	}
	if err := r.mkdirAll(path.Dir(p)); err != nil {
		return err
	}
	if err := r.root.Mkdir(p, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return r.root.Chmod(p, 0o755)
}

func makeDir(p string) step {
	return step{key: "mkdir " + p, from: -1, do: func(r *stageRun) error { return r.mkdirAll(p) }}
}

// certFiles is where systems keep the certificates they trust.
var certFiles = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"}

// Certificates returns the certificates this machine trusts, or nothing if it has none.
func Certificates() []byte {
	for _, name := range certFiles {
		if b, err := os.ReadFile(name); err == nil {
			return b
		}
	}
	return nil
}

// certificates gives a Go stage what files are copied from it for besides programs.
func certificates(r *stageRun) error {
	b := Certificates()
	if b == nil {
		return nil
	}
	if err := r.mkdirAll(filepath.Dir(certFiles[0])); err != nil {
		return err
	}
	return r.root.WriteFile(relative(certFiles[0]), b, 0o644)
}
