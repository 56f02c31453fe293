package cli

import (
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// composeName is the project name in the first Compose file, or what Compose takes instead: the folder's name.
func composeName(files []string) string {
	if len(files) == 0 {
		files = []string{"compose.yaml"}
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		return ""
	}
	var file struct {
		Name     string         `json:"name"`
		Services map[string]any `json:"services"`
	}
	if yaml.Unmarshal(text, &file) != nil || len(file.Services) == 0 {
		return ""
	}
	if file.Name != "" && !strings.Contains(file.Name, "$") {
		return file.Name
	}
	dir, err := filepath.Abs(filepath.Dir(files[0]))
	if err != nil {
		return ""
	}
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case r == '_' || r == '.':
			return '-'
		}
		return -1
	}, strings.ToLower(filepath.Base(dir))), "-")
}
