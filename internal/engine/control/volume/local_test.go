package volume

import (
	"os"
	"path/filepath"
	"testing"
)

func TestADirectoryOfAVolumeIsWritableForEveryUser(t *testing.T) {
	path := filepath.Join(t.TempDir(), "volumes", "shop_data_01234567")
	if err := makeDir(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if info, err = os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("all volumes: %v, %v", info.Mode(), err)
	}
}

func TestADirectoryKeepsTheModeThatItsUsersGaveIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "v")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := makeDir(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestNothingOutsideTheVolumesIsRemoved(t *testing.T) {
	root := t.TempDir()
	c := &controller{dir: filepath.Join(root, "volumes")}
	other := filepath.Join(root, "other")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{other, filepath.Join(c.dir, "..", "other"), c.dir, "/", filepath.Join(c.dir, "a", "b")} {
		if err := c.removeDir(path); err == nil {
			t.Errorf("%s was removed", path)
		}
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
}
