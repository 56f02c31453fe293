package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestADamagedFileIsAClearError(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func([]byte) []byte
	}{
		{"not a database", func([]byte) []byte { return []byte("this is a text\n") }},
		{"no pages", func(b []byte) []byte { return make([]byte, len(b)) }},
		{"cut short", func(b []byte) []byte { return b[:3*4096] }},
		{"a flipped bit in an object", func(b []byte) []byte {
			i := bytes.LastIndex(b, []byte("sentinel-value"))
			b[i] ^= 1
			return b
		}},
		{"every page but the first two overwritten", func(b []byte) []byte {
			for i := 2 * 4096; i < len(b); i++ {
				b[i] = 0xff
			}
			return b
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "objects.db")
			s := mustOpen(t, path)
			for i := range 300 {
				cm := configMap(fmt.Sprint("c", i))
				cm.Data["x"] = "sentinel-value"
				if _, err := s.Create(cm); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damaged := c.damage(data)
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err = Open(path)
			if err == nil {
				_ = s.Close()
			}
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "put it back from a backup") {
				t.Errorf("error %v", err)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.HasPrefix(now, damaged[:min(len(damaged), 64)]) {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
}
