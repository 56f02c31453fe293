package image

import (
	"archive/tar"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sys/unix"
)

func TestUnpackedLayersMergeIntoTheImage(t *testing.T) {
	s := open(t)
	dirs := unpacked(t, s,
		layer(t,
			entry{name: "etc/", kind: tar.TypeDir}, entry{name: "etc/a", body: "old"}, entry{name: "etc/b", body: "b"},
			entry{name: "data/", kind: tar.TypeDir}, entry{name: "data/x", body: "x"},
			entry{name: "gone/", kind: tar.TypeDir}, entry{name: "gone/y", body: "y"}),
		layer(t,
			entry{name: "etc/", kind: tar.TypeDir}, entry{name: "etc/a", body: "new"}, entry{name: "etc/.wh.b"},
			entry{name: "data/", kind: tar.TypeDir}, entry{name: "data/.wh..wh..opq"}, entry{name: "data/z", body: "z"},
			entry{name: ".wh.gone"}))
	all := merged(t, dirs)
	if got := read(t, all, "etc/a"); got != "new" {
		t.Errorf("etc/a is %q", got)
	}
	for _, p := range []string{"etc/b", "data/x", "gone"} {
		if _, err := os.Lstat(filepath.Join(all, p)); !os.IsNotExist(err) {
			t.Errorf("%s should be removed: %v", p, err)
		}
	}
	if got := read(t, all, "data/z"); got != "z" {
		t.Errorf("data/z is %q", got)
	}
}

func TestADirectoryThatReplacesAWhiteoutHidesWhatIsBelow(t *testing.T) {
	for name, order := range map[string][]entry{
		"whiteout first":  {{name: ".wh.d"}, {name: "d/", kind: tar.TypeDir}, {name: "d/new", body: "n"}},
		"directory first": {{name: "d/", kind: tar.TypeDir}, {name: "d/new", body: "n"}, {name: ".wh.d"}},
	} {
		t.Run(name, func(t *testing.T) {
			all := merged(t, unpacked(t, open(t), layer(t, entry{name: "d/", kind: tar.TypeDir}, entry{name: "d/old", body: "o"}), layer(t, order...)))
			if _, err := os.Lstat(filepath.Join(all, "d/old")); !os.IsNotExist(err) {
				t.Errorf("d/old shows: %v", err)
			}
			read(t, all, "d/new")
		})
	}
}

func TestUnpackKeepsOwnersModesAndCapabilities(t *testing.T) {
	capability := "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" // cap_net_bind_service=ep
	dirs := unpacked(t, open(t), layer(t,
		entry{name: "su", body: "x", mode: 0o4755},
		entry{name: "mail", body: "x", mode: 0o2750, uid: 8, gid: 12},
		entry{name: "tmp/", kind: tar.TypeDir, mode: 0o1777},
		entry{name: "bind", body: "x", mode: 0o755, pax: map[string]string{
			"SCHILY.xattr.security.capability": capability, "SCHILY.xattr.trusted.overlay.redirect": "/etc", "SCHILY.xattr.user.note": "n"}}))
	for name, want := range map[string]uint32{"su": 0o4755, "mail": 0o2750, "tmp": 0o1777} {
		var st unix.Stat_t
		if err := unix.Lstat(filepath.Join(dirs[0], name), &st); err != nil || st.Mode&0o7777 != want {
			t.Errorf("%s: mode %o, want %o (%v)", name, st.Mode&0o7777, want, err)
		}
		if name == "mail" && (st.Uid != 8 || st.Gid != 12) {
			t.Errorf("mail belongs to %d:%d", st.Uid, st.Gid)
		}
	}
	b := make([]byte, 64)
	if n, err := unix.Lgetxattr(filepath.Join(dirs[0], "bind"), "security.capability", b); err != nil || string(b[:n]) != capability {
		t.Errorf("capability: %q, %v", b[:max(n, 0)], err)
	}
	if _, err := unix.Lgetxattr(filepath.Join(dirs[0], "bind"), "trusted.overlay.redirect", b); err == nil {
		t.Error("an attribute that steers overlayfs came through")
	}
}

func TestNoEntryEscapesFromTheImage(t *testing.T) {
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("safe"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Dir(victim)
	climb := strings.Repeat("../", 12) + strings.TrimPrefix(victim, "/")
	for name, entries := range map[string][]entry{
		"dots":                    {{name: climb, body: "bad"}},
		"dots in the middle":      {{name: "a/../../x", body: "bad"}},
		"absolute name":           {{name: victim, body: "bad"}},
		"through absolute link":   {{name: "l", kind: tar.TypeSymlink, link: out}, {name: "l/victim", body: "bad"}},
		"through relative link":   {{name: "l", kind: tar.TypeSymlink, link: strings.Repeat("../", 12) + out[1:]}, {name: "l/victim", body: "bad"}},
		"onto a link":             {{name: "l", kind: tar.TypeSymlink, link: victim}, {name: "l", body: "bad"}},
		"hard link out":           {{name: "h", kind: tar.TypeLink, link: victim}, {name: "h", body: "bad"}},
		"hard link climbs":        {{name: "h", kind: tar.TypeLink, link: climb}, {name: "h", body: "bad"}},
		"hard link through link":  {{name: "l", kind: tar.TypeSymlink, link: out}, {name: "h", kind: tar.TypeLink, link: "l/victim"}},
		"hard link onto symlink":  {{name: "l", kind: tar.TypeSymlink, link: victim}, {name: "h", kind: tar.TypeLink, link: "l"}, {name: "h", body: "bad"}},
		"whiteout of dots":        {{name: "a/.wh..."}, {name: ".wh..", body: ""}},
		"whiteout through link":   {{name: "l", kind: tar.TypeSymlink, link: out}, {name: "l/.wh.victim"}},
		"opaque through link":     {{name: "l", kind: tar.TypeSymlink, link: out}, {name: "l/.wh..wh..opq"}},
		"directory replaced":      {{name: "d/", kind: tar.TypeDir}, {name: "d/x", body: "x"}, {name: "d", kind: tar.TypeSymlink, link: out}, {name: "d/victim", body: "bad"}},
		"mode through link":       {{name: "l", kind: tar.TypeSymlink, link: victim, mode: 0o777}},
		"link replaced by a dir":  {{name: "l", kind: tar.TypeSymlink, link: out}, {name: "l/", kind: tar.TypeDir, mode: 0o700}},
		"link as implied parent":  {{name: "l", kind: tar.TypeSymlink, link: out}, {name: "l/sub/x", body: "bad"}},
		"two links to the parent": {{name: "a", kind: tar.TypeSymlink, link: ".."}, {name: "b", kind: tar.TypeSymlink, link: "a/.."}, {name: "b/x", body: "bad"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			before := names(t, out)
			_, err := unpack(t, s, layer(t, entries...))
			if got := read(t, victim); got != "safe" {
				t.Fatalf("a file outside was changed (%v)", err)
			}
			if after := names(t, out); after != before {
				t.Fatalf("outside there is now %s (%v)", after, err)
			}
			info, _ := os.Stat(victim)
			if info.Mode().Perm() != 0o644 {
				t.Fatalf("the mode of a file outside is %o", info.Mode())
			}
			if left, _ := filepath.Glob(filepath.Join(s.dir, "tmp", "*")); len(left) > 0 {
				t.Fatalf("left behind: %v", left)
			}
		})
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestDeviceNodesAreNotMade(t *testing.T) {
	dirs := unpacked(t, open(t), layer(t, entry{name: "dev/sda", kind: tar.TypeBlock}, entry{name: "dev/null", kind: tar.TypeChar}, entry{name: "ok", body: "x"}))
	if got := names(t, filepath.Join(dirs[0], "dev")); got != "" {
		t.Errorf("made: %s", got)
	}
}

func TestAnImpliedDirectoryKeepsWhatTheLayerBelowSays(t *testing.T) {
	s := open(t)
	base := layer(t, entry{name: "tmp/", kind: tar.TypeDir, mode: 0o1777}, entry{name: "home/", kind: tar.TypeDir, mode: 0o700, uid: 5, gid: 6})
	dirs := unpacked(t, s, base, layer(t, entry{name: "tmp/x", body: "x"}, entry{name: "home/y/z", body: "z"}))
	all := merged(t, dirs)
	var st unix.Stat_t
	if err := unix.Lstat(filepath.Join(all, "tmp"), &st); err != nil || st.Mode&0o7777 != 0o1777 {
		t.Errorf("tmp: %o %v", st.Mode, err)
	}
	if err := unix.Lstat(filepath.Join(all, "home"), &st); err != nil || st.Mode&0o7777 != 0o700 || st.Uid != 5 || st.Gid != 6 {
		t.Errorf("home: %o %d:%d %v", st.Mode, st.Uid, st.Gid, err)
	}
}

func TestALayerIsUnpackedOnceForAllImages(t *testing.T) {
	s := open(t)
	shared := layer(t, entry{name: "lib", body: "shared"})
	a := unpacked(t, s, shared, layer(t, entry{name: "a", body: "a"}))
	var first unix.Stat_t
	if err := unix.Stat(a[1], &first); err != nil {
		t.Fatal(err)
	}
	b := unpacked(t, s, shared, layer(t, entry{name: "b", body: "b"}))
	if a[1] != b[1] {
		t.Fatalf("%s and %s", a[1], b[1])
	}
	var again unix.Stat_t
	if err := unix.Stat(b[1], &again); err != nil || again.Ino != first.Ino {
		t.Errorf("unpacked again (%v)", err)
	}
}

func TestALayerThatIsNotWhatItsIDSaysIsRefused(t *testing.T) {
	s := open(t)
	images, err := s.Load(context.Background(), saved(t, imageOf(t, layer(t, entry{name: "a", body: "a"})), "x:1"))
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := s.manifest(images[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.blobPath(m.Layers[0].Digest), tarOf(t, entry{name: "evil", body: "b"}), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unpack(context.Background(), images[0]); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, "layers", "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if got := read(t, unpacked(t, s, layer(t, entry{name: "a", body: "a"}))[0], "a"); got != "a" {
		t.Errorf("loaded again it is %q", got)
	}
}

func TestALayerThatUnpacksToTooMuchIsRefused(t *testing.T) {
	s := open(t)
	s.limits = limits{bytes: 1 << 20, entries: 100}
	many := make([]entry, 101)
	for i := range many {
		many[i] = entry{name: strings.Repeat("a", i+1)}
	}
	for name, l := range map[string][]byte{
		"bytes":   tarOf(t, entry{name: "big", body: strings.Repeat("0", 1<<20+1)}),
		"entries": tarOf(t, many...),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := unpack(t, s, static.NewLayer(l, types.OCIUncompressedLayer)); !errors.Is(err, ErrTooLarge) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestALayerNotYetOnDiskWhenTheMachineWentDownIsUnpackedAgain(t *testing.T) {
	s := open(t)
	l := layer(t, entry{name: "a", body: "whole"})
	dirs := unpacked(t, s, l)
	for { // until it is noted as being on disk, in the background
		if _, err := os.Stat(filepath.Join(filepath.Dir(dirs[0]), "unsynced")); os.IsNotExist(err) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := os.WriteFile(filepath.Join(dirs[0], "a"), nil, 0o644); err != nil { // what a power cut leaves
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(dirs[0]), "unsynced"), []byte("another boot"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := read(t, unpacked(t, s, l)[0], "a"); got != "whole" {
		t.Errorf("a is %q", got)
	}
}
