package compose

import (
	"bufio"
	"io"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

func init() { dotenv.RegisterFormat("raw", rawEnv) }

// rawEnv reads an env_file with format: raw, as Docker Compose adds it to compose-go: lines of KEY=value without
// quotes, comments at the end or interpolation; KEY alone takes the value of the surroundings.
func rawEnv(r io.Reader, _ string, vars map[string]string, lookup func(string) (string, bool)) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimLeft(strings.TrimPrefix(lines.Text(), "\ufeff"), " \t")
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			if value, ok = lookup(key); !ok {
				continue
			}
		}
		vars[key] = value
	}
	return lines.Err()
}
