package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestALogThatHasGrownIsPutAsideAndGoneOnWith(t *testing.T) {
	path := filepath.Join(t.TempDir(), "engine.log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	say := func(text string) {
		if _, err := log.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := putAside(log, path, 10); err != nil {
			t.Fatal(err)
		}
	}
	say("short\n")
	say("longer than ten\n")
	say("new\n")
	for file, want := range map[string]string{path: "new\n", path + ".1": "short\nlonger than ten\n"} {
		if b, _ := os.ReadFile(file); string(b) != want {
			t.Errorf("%s holds %q", file, b)
		}
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte(strings.Repeat("x", 20)), 0o600); err != nil {
		t.Fatal(err)
	}
	say(strings.Repeat("y", 5))
	if err := putAside(log, other, 1); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(other); len(b) != 20 {
		t.Error("a file that is not its log was put aside")
	}
}
