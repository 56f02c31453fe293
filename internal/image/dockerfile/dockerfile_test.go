package dockerfile

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/tools/txtar"
)

// fresh keeps nothing between builds.
type fresh struct{ t *testing.T }

func (f fresh) Stage(_ string, fill func(string) error) (string, func(), error) {
	dir := f.t.TempDir()
	return dir, func() {}, fill(dir)
}

// carryOut builds a golden case's files and describes what came out.
func carryOut(t *testing.T, path string) (got, want string, err error) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, target := t.TempDir(), ""
	for _, f := range archive.Files {
		switch f.Name {
		case "want":
			want = string(f.Data)
			continue
		case "target":
			target = strings.TrimSpace(string(f.Data))
			continue
		}
		p := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "Dockerfile")
	plan, err := Read(file, target, nil, "1.26.8")
	if err == nil {
		err = plan.Run(context.Background(), Inputs{Context: dir, File: file, Cache: fresh{t}, Progress: io.Discard}, func(out string, config v1.Config) error {
			got = listing(t, out)
			b, err := json.Marshal(v1.ConfigFile{Config: config})
			if err != nil {
				return err
			}
			var all map[string]json.RawMessage
			if err := json.Unmarshal(b, &all); err != nil {
				return err
			}
			got += fmt.Sprintf("{\"Config\":%s}\n", all["config"])
			return nil
		})
	}
	if err != nil {
		err = fmt.Errorf("%s", strings.ReplaceAll(err.Error(), dir+"/", ""))
	}
	return got, want, err
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == "." {
			return err
		}
		out.WriteString(p)
		if d.IsDir() {
			out.WriteString("/")
		}
		out.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func cases(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%v, %d cases", err, len(found))
	}
	return found
}

func TestWhatIsUnderstoodGivesWhatABuilderGives(t *testing.T) {
	for _, path := range cases(t, "built") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			got, want, err := carryOut(t, path)
			if err != nil || got != want {
				t.Errorf("%v\ngot\n%swant\n%s", err, got, want)
			}
		})
	}
}

func TestWhatIsNotUnderstoodIsRefusedByLine(t *testing.T) {
	for _, path := range cases(t, "refused") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, want, err := carryOut(t, path)
			if want = strings.TrimSpace(want); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got\n%v\nwant\n%s", err, want)
			}
		})
	}
}

func TestLinksLeadNeitherOutOfTheContextNorOutOfTheImage(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"copied through a link":  "FROM scratch\nCOPY out/secret /x\n",
		"a link named itself":    "FROM scratch\nCOPY link /x\n",
		"dots":                   "FROM scratch\nCOPY ../../secret /x\n",
		"written through a link": "FROM scratch\nCOPY . /\nCOPY mine /out/secret\n",
		"compiled into a link":   "FROM golang AS b\nWORKDIR /src\nCOPY . .\nRUN go build -o /src/out/secret ./prog\nFROM scratch\nCOPY --from=b /src /src\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for p, content := range map[string]string{"Dockerfile": file, "mine": "changed", "go.mod": "module x\n", "prog/main.go": "package main\nfunc main() {}\n"} {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, p)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, p), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Symlink(filepath.Dir(outside), filepath.Join(dir, "out")); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
				t.Fatal(err)
			}
			plan, err := Read(filepath.Join(dir, "Dockerfile"), "", nil, "1.26.8")
			if err != nil {
				t.Fatal(err)
			}
			err = plan.Run(context.Background(), Inputs{Context: dir, File: filepath.Join(dir, "Dockerfile"), Cache: fresh{t}, Progress: io.Discard}, func(out string, _ v1.Config) error {
				if b, err := os.ReadFile(filepath.Join(out, "x")); err == nil && strings.Contains(string(b), "secret") {
					t.Error("a file outside the context is in the image")
				}
				return nil
			})
			if b, readErr := os.ReadFile(outside); readErr != nil || string(b) != "secret" {
				t.Errorf("a file outside was changed (%v)", err)
			}
		})
	}
}
