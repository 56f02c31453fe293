package volume

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestAVolumeIsGivenToItsGroup(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a", "f"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	give(t, dir)
	for path, want := range map[string]os.FileMode{"": 0o770 | os.ModeSetgid, "a": 0o770 | os.ModeSetgid, "a/f": 0o660} {
		st, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := st.Mode() & (os.ModePerm | os.ModeSetgid); got&want != want || st.Sys().(*syscall.Stat_t).Gid != 4321 {
			t.Errorf("%q: %v, group %d", path, st.Mode(), st.Sys().(*syscall.Stat_t).Gid)
		}
	}
}

func give(t *testing.T, dir string) {
	t.Helper()
	group := int64(4321)
	err := own(&corev1.Pod{Spec: corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{FSGroup: &group}}}, dir, false)
	if err != nil {
		t.Log(err) // of a directory that is swapped all the time
	}
}

func TestALinkPutWhereADirectoryWasLeadsNoGroupOutOfTheVolume(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "d", "secret")
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	for _, d := range []string{filepath.Dir(secret), filepath.Join(real, "d")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{secret, filepath.Join(real, "d", "secret")} {
		if err := os.WriteFile(f, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, link); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() { // what a program in the volume can do
		defer close(stopped)
		place := filepath.Join(dir, "place")
		for {
			_ = os.Rename(real, place)
			_ = os.Rename(place, real)
			_ = os.Rename(link, place)
			_ = os.Rename(place, link)
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	for range 500 {
		give(t, dir)
	}
	close(stop)
	<-stopped
	st, err := os.Stat(secret)
	if err != nil {
		t.Fatal(err)
	}
	if st.Mode().Perm() != 0o600 || st.Sys().(*syscall.Stat_t).Gid == 4321 {
		t.Errorf("a file outside of the volume has mode %v and group %d", st.Mode(), st.Sys().(*syscall.Stat_t).Gid)
	}
}
