package image

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/slipway-sh/slipway/internal/image/dockerfile"
)

// tree writes the files of a txtar archive to a new directory.
func tree(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		p := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// alone hides the builders of this machine.
func alone(t *testing.T) {
	t.Helper()
	saved := builders
	builders = nil
	t.Cleanup(func() { builders = saved })
}

func build(t *testing.T, s *Store, o BuildOptions) Image {
	t.Helper()
	var said bytes.Buffer
	o.Progress = &said
	img, err := s.Build(context.Background(), o)
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	return img
}

func files(t *testing.T, s *Store, img Image) string {
	t.Helper()
	dirs, err := s.Unpack(context.Background(), img)
	if err != nil {
		t.Fatal(err)
	}
	return merged(t, dirs)
}

const program = `
-- go.mod --
module example.test/hello/v2

go 1.25
-- main.go --
package main

func main() { println("hello") }
`

const multiStage = `
-- go.mod --
module example.test/shop

go 1.25
-- cmd/a/main.go --
package main

var version string

func main() { println("a", version) }
-- cmd/b/main.go --
package main

func main() { println("b") }
-- conf/x.txt --
x
-- .dockerignore --
*.log
-- noise.log --
noise
-- Dockerfile --
ARG GO=1.25
FROM --platform=$BUILDPLATFORM golang:${GO}-alpine AS build
ARG VERSION=dev
WORKDIR /src
COPY go.mod ./
RUN --mount=type=cache,target=/root/.cache go mod download
COPY . .
RUN mkdir -p /out && CGO_ENABLED=0 go build -ldflags="-s -w -X main.version=${VERSION}" -o /out/ ./cmd/...

FROM scratch AS base
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
ENV MODE=prod

FROM base AS a
COPY --from=build /out/a /app
COPY --chown=5:6 --chmod=0640 conf /conf/
WORKDIR /data
USER 65532:65532
EXPOSE 8080 53/udp
LABEL team=shop
VOLUME /data
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s CMD ["/app", "health"]
ENTRYPOINT ["/app"]
CMD ["serve"]

FROM scratch AS b
COPY --from=build /out/b /app
ENTRYPOINT ["/app"]
`

func TestAGoProgramBecomesAnImage(t *testing.T) {
	s, dir := open(t), tree(t, program)
	img := build(t, s, BuildOptions{Ref: "hello", Context: dir, Labels: map[string]string{"a": "b"}})
	all := files(t, s, img)
	if got := img.Config.Config.Entrypoint; !slices.Equal(got, []string{"/hello"}) {
		t.Errorf("entrypoint %q", got)
	}
	if img.Config.Config.User != "65532:65532" || img.Config.Config.Labels["a"] != "b" {
		t.Errorf("config %+v", img.Config.Config)
	}
	for _, p := range []string{"hello", "etc/passwd", "etc/ssl/certs/ca-certificates.crt", "tmp"} {
		if _, err := os.Stat(filepath.Join(all, p)); err != nil {
			t.Error(err)
		}
	}
	again := build(t, open(t), BuildOptions{Ref: "hello", Context: tree(t, program), Labels: map[string]string{"a": "b"}})
	if again.Digest != img.Digest {
		t.Errorf("the same source elsewhere is another image: %s and %s", img.Digest, again.Digest)
	}
}

func TestADockerfileForGoIsCarriedOutWithoutABuilder(t *testing.T) {
	alone(t)
	s, dir := open(t), tree(t, multiStage)
	args := map[string]string{"VERSION": "7"}
	img := build(t, s, BuildOptions{Ref: "shop/a", Context: dir, Target: "a", Args: args})
	all := files(t, s, img)
	if got := read(t, all, "conf/x.txt"); got != "x\n" {
		t.Errorf("conf/x.txt is %q", got)
	}
	if _, err := os.Stat(filepath.Join(all, "etc/ssl/certs/ca-certificates.crt")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(all, "conf/x.txt")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v %v", info, err)
	}
	c := img.Config.Config
	if !slices.Equal(c.Entrypoint, []string{"/app"}) || !slices.Equal(c.Cmd, []string{"serve"}) || c.User != "65532:65532" ||
		c.WorkingDir != "/data" || c.Labels["team"] != "shop" || c.StopSignal != "SIGQUIT" || !slices.Equal(c.Env, []string{"MODE=prod"}) ||
		len(c.ExposedPorts) != 2 || len(c.Volumes) != 1 || c.Healthcheck == nil || c.Healthcheck.Interval.Seconds() != 5 {
		t.Errorf("config %+v", c)
	}
	if again := build(t, open(t), BuildOptions{Ref: "shop/a", Context: tree(t, multiStage), Target: "a", Args: args}); again.Digest != img.Digest {
		t.Errorf("the same input elsewhere is another image")
	}
	if other := build(t, s, BuildOptions{Ref: "shop/a", Context: dir, Target: "a", Args: map[string]string{"VERSION": "8"}}); other.ID == img.ID {
		t.Error("another version is the same image")
	}
	if b := build(t, s, BuildOptions{Ref: "shop/b", Context: dir, Target: "b"}); len(b.Config.Config.Cmd) != 0 {
		t.Errorf("config %+v", b.Config.Config)
	}
}

func TestAnUnchangedBuildCompilesNothing(t *testing.T) {
	alone(t)
	s, dir := open(t), tree(t, multiStage)
	first := build(t, s, BuildOptions{Ref: "x", Context: dir, Target: "a"})
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-toolexec=/bin/false") // whatever is compiled now fails
	if again := build(t, s, BuildOptions{Ref: "x", Context: dir, Target: "a"}); again.Digest != first.Digest {
		t.Error("another image")
	}
	if err := os.WriteFile(filepath.Join(dir, "cmd/a/main.go"), []byte("package main\nfunc main() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Build(context.Background(), BuildOptions{Ref: "x", Context: dir, Target: "a"}); err == nil {
		t.Error("a change was not noticed")
	}
}

func TestAStaticFolderBecomesAnImage(t *testing.T) {
	s := open(t)
	dir := tree(t, "-- index.html --\n<h1>hi</h1>\n-- css/a.css --\nb{}\n-- .env --\nSECRET=1\n")
	img := build(t, s, BuildOptions{Ref: "page", Context: dir})
	all := files(t, s, img)
	if got := read(t, all, "srv/index.html"); got != "<h1>hi</h1>\n" {
		t.Errorf("index.html is %q", got)
	}
	if _, err := os.Stat(filepath.Join(all, "srv/.env")); !os.IsNotExist(err) {
		t.Error("a hidden file is in the image")
	}
	if again := build(t, s, BuildOptions{Ref: "page", Context: dir}); again.Digest != img.Digest {
		t.Error("the same folder is another image")
	}
}

func TestAnInstalledBuilderIsUsed(t *testing.T) {
	dir := tree(t, "-- Dockerfile --\nFROM alpine\nRUN apk add curl\n")
	made := saved(t, imageOf(t, layer(t, entry{name: "built", body: "elsewhere"})), "docker.io/library/x:latest")
	bin := t.TempDir()
	script := "#!/bin/sh\nset -e\ncase $1 in version) echo 1;; build) echo building;; save) cp '" + made + "' \"$3\";; esac\n"
	if err := os.WriteFile(filepath.Join(bin, "docker"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	s := open(t)
	img := build(t, s, BuildOptions{Ref: "x", Context: dir})
	if got := read(t, files(t, s, img), "built"); got != "elsewhere" || img.Ref != "x" {
		t.Errorf("%q %q", got, img.Ref)
	}
}

func TestABuilderThatFailsIsReplacedWhereThatIsHonest(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "docker"), []byte("#!/bin/sh\n[ $1 = version ] || { echo no registry >&2; exit 1; }\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	s := open(t)
	build(t, s, BuildOptions{Ref: "x", Context: tree(t, multiStage), Target: "b"})
	_, err := s.Build(context.Background(), BuildOptions{Ref: "x", Context: tree(t, "-- Dockerfile --\nFROM alpine\nRUN apk add curl\n")})
	if err == nil || !strings.Contains(err.Error(), "no registry") {
		t.Errorf("got %v", err)
	}
}

func TestWhatCannotBeBuiltSaysWhy(t *testing.T) {
	alone(t)
	for name, c := range map[string]struct {
		files, target, want string
		args                map[string]string
	}{
		"nothing":          {files: "-- readme --\nx\n", want: "nothing to build"},
		"a library":        {files: "-- go.mod --\nmodule x\n-- a.go --\npackage a\n", want: "none is a main package"},
		"several programs": {files: strings.Split(multiStage, "-- Dockerfile")[0], want: "name one as the target: cmd/a, cmd/b"},
		"unknown program":  {files: program, target: "nope", want: `no Go program`},
		"argument":         {files: program, args: map[string]string{"VERSION": "1"}, want: "VERSION means nothing"},
		"does not compile": {files: "-- go.mod --\nmodule x\n-- a.go --\npackage main\nfunc main() { x }\n", want: "a.go:2:15: undefined: x"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			_, err := s.Build(context.Background(), BuildOptions{Ref: "x", Context: tree(t, c.files), Target: c.target, Args: c.args})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if images, _ := s.List(); len(images) > 0 {
				t.Errorf("stored: %v", images)
			}
		})
	}
	_, err := open(t).Build(context.Background(), BuildOptions{Ref: "x", Context: tree(t, "-- Dockerfile --\nFROM nginx\n")})
	if !errors.Is(err, dockerfile.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}
