package image

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// laidOut writes an OCI layout folder of images by their ref.name annotations.
func laidOut(t *testing.T, images map[string]v1.Image) string {
	t.Helper()
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for ref, img := range images {
		if err := p.AppendImage(img, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": ref})); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tarred packs a folder with the tar of this machine.
func tarred(t *testing.T, dir string, flags ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "a.tar")
	if b, err := exec.Command("tar", append(append([]string{"-C", dir, "-cf", out}, flags...), ".")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return out
}

func TestEveryFormOfArchiveLoads(t *testing.T) {
	a, b := oneFile(t, "a"), oneFile(t, "b")
	folder := laidOut(t, map[string]v1.Image{"shop/a:1": a, "shop/b:1": b})
	docker := filepath.Join(t.TempDir(), "d.tar")
	if err := tarball.MultiWriteToFile(docker, map[name.Tag]v1.Image{mustTag(t, "shop/a:1"): a, mustTag(t, "shop/b:1"): b}); err != nil {
		t.Fatal(err)
	}
	compressed := func(flag, in string) string {
		out := in + "." + flag
		if said, err := exec.Command(flag, "-k", "-q", "-o", out, in).CombinedOutput(); err != nil && flag == "zstd" {
			t.Fatalf("%v: %s", err, said)
		}
		if flag == "gzip" {
			if said, err := exec.Command("sh", "-c", "gzip -c '"+in+"' > '"+out+"'").CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
		}
		return out
	}
	paths := map[string]string{
		"folder": folder, "OCI archive": tarred(t, folder), "OCI archive, gzip": tarred(t, folder, "-z"),
		"docker save": docker, "docker save, gzip": compressed("gzip", docker),
	}
	if _, err := exec.LookPath("zstd"); err == nil {
		paths["docker save, zstd"] = compressed("zstd", docker)
	}
	id, err := a.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	for form, path := range paths {
		t.Run(form, func(t *testing.T) {
			s := open(t)
			if got := load(t, s, path); len(got) != 2 {
				t.Fatalf("loaded %d images", len(got))
			}
			img, err := s.Get("shop/a:1")
			if err != nil || img.ID != id.String() {
				t.Fatalf("%s %v", img.ID, err)
			}
			dirs, err := s.Unpack(context.Background(), img)
			if err != nil || read(t, dirs[0], "f") != "a" {
				t.Error(err)
			}
		})
	}
}

func mustTag(t *testing.T, s string) name.Tag {
	t.Helper()
	tag, err := name.NewTag(s)
	if err != nil {
		t.Fatal(err)
	}
	return tag
}

func TestOfSeveralPlatformsThisMachinesIsTaken(t *testing.T) {
	mine, other := oneFile(t, "mine"), oneFile(t, "other")
	idx := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: other, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "s390x"}}},
		mutate.IndexAddendum{Add: oneFile(t, "attestation"), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "unknown", Architecture: "unknown"}}},
		mutate.IndexAddendum{Add: mine, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}})
	for form, write := range map[string]func(dir string) error{
		"plain": func(dir string) error { _, err := layout.Write(dir, idx); return err },
		"nested and named": func(dir string) error {
			p, err := layout.Write(dir, empty.Index)
			if err != nil {
				return err
			}
			return p.AppendIndex(idx, layout.WithAnnotations(map[string]string{"io.containerd.image.name": "docker.io/library/multi:1"}))
		},
	} {
		t.Run(form, func(t *testing.T) {
			dir := t.TempDir()
			if err := write(dir); err != nil {
				t.Fatal(err)
			}
			s := open(t)
			got := load(t, s, dir)
			dirs, err := s.Unpack(context.Background(), got[0])
			if len(got) != 1 || err != nil || read(t, dirs[0], "f") != "mine" {
				t.Errorf("%+v %v", got, err)
			}
		})
	}
	dir := t.TempDir()
	if _, err := layout.Write(dir, mutate.RemoveManifests(idx, match.Platforms(v1.Platform{OS: "linux", Architecture: "amd64"}))); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t).Load(context.Background(), dir); err == nil || !strings.Contains(err.Error(), "no image for linux/") {
		t.Errorf("got %v", err)
	}
}

func TestABadArchiveIsRefusedAndLeavesNothing(t *testing.T) {
	good := saved(t, oneFile(t, strings.Repeat("content ", 4000)), "x:1")
	damage := func(name string, f func([]byte) []byte) string {
		b, err := os.ReadFile(good)
		if err != nil {
			t.Fatal(err)
		}
		p := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(p, f(b), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	oci := laidOut(t, map[string]v1.Image{"x:1": oneFile(t, "a"), "y:1": oneFile(t, "b")})
	blobs, err := filepath.Glob(filepath.Join(oci, "blobs/sha256/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blobs { // one byte changed in a layer
		if c, _ := os.ReadFile(b); len(c) > 0 && c[0] != '{' {
			c[len(c)-1] ^= 1
			if err := os.WriteFile(b, c, 0o600); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	rootfs := filepath.Join(t.TempDir(), "root.tar")
	if err := os.WriteFile(rootfs, tarOf(t, entry{name: "./", kind: '5'}, entry{name: "./bin", kind: '2', link: "usr/bin"}, entry{name: "./etc/", kind: '5'}), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.tar")
	if err := os.WriteFile(other, tarOf(t, entry{name: "readme", body: "x"}), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path string
		want error
		text string
	}{
		"cut off":           {path: damage("cut.tar", func(b []byte) []byte { return b[:len(b)/2] }), text: "damaged or cut off"},
		"a changed layer":   {path: damage("changed.tar", func(b []byte) []byte { return []byte(strings.Replace(string(b), "content ", "CONTENT ", 1)) }), want: ErrCorrupt},
		"a changed blob":    {path: oci, want: ErrCorrupt},
		"in an archive too": {path: tarred(t, oci), want: ErrCorrupt},
		"not a tar":         {path: damage("text", func([]byte) []byte { return []byte("hello, I am a text file of some length, and no archive at all\n") }), want: ErrNotImage},
		"empty":             {path: damage("empty", func([]byte) []byte { return nil }), want: ErrNotImage},
		"another tar":       {path: other, want: ErrNotImage},
		"a root filesystem": {path: rootfs, want: ErrRootFS},
		"missing":           {path: "/nowhere/x.tar", want: os.ErrNotExist},
		"an empty folder":   {path: t.TempDir(), want: ErrNotImage},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			_, err := s.Load(context.Background(), c.path)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v", err)
			}
			if left := leftovers(t, s); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestARootFilesystemBecomesAnImage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.tar")
	if err := os.WriteFile(path, tarOf(t, entry{name: "./", kind: '5'}, entry{name: "./etc/", kind: '5'}, entry{name: "./etc/os", body: "debian"}), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t)
	config := v1.Config{Entrypoint: []string{"/run"}, User: "999:999", Env: []string{"A=b"}}
	var told int64
	ctx := WithProgress(context.Background(), func(p Progress) { told = p.Done })
	img, err := s.LoadRootFS(ctx, path, "shop/db:1", config)
	if err != nil {
		t.Fatal(err)
	}
	if img.Ref != "shop/db:1" || img.Config.Config.User != "999:999" || told == 0 {
		t.Errorf("%+v, progress %d", img, told)
	}
	dirs, err := s.Unpack(context.Background(), img)
	if err != nil || read(t, dirs[0], "etc/os") != "debian" {
		t.Error(err)
	}
	again, err := open(t).LoadRootFS(context.Background(), path, "shop/db:1", config)
	if err != nil || again.Digest != img.Digest {
		t.Errorf("the same input is another image: %v", err)
	}
}

func TestASavedImageLoadsAgainAsItWas(t *testing.T) {
	s := open(t)
	img := load(t, s, saved(t, imageOf(t, layer(t, entry{name: "a", body: "a"}), layer(t, entry{name: "b", body: "b"})), "shop/api:1"))[0]
	path := filepath.Join(t.TempDir(), "out.tar")
	if err := s.Save(context.Background(), "shop/api:1", path); err != nil {
		t.Fatal(err)
	}
	if got, err := tarball.ImageFromPath(path, nil); err != nil {
		t.Error(err)
	} else if id, err := got.ConfigName(); err != nil || id.String() != img.ID {
		t.Errorf("another reader sees %s, %v", id, err)
	}
	back := load(t, open(t), path)[0]
	if back.ID != img.ID || back.Name != "docker.io/shop/api:1" {
		t.Errorf("%s %s", back.ID, back.Name)
	}
	if err := s.Save(context.Background(), "nope", path); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
