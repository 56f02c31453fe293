package compose

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// losesData reports a database whose files have no name: they are another's after the next docker compose down.
func (l *linter) losesData(u *unit) {
	if u.known == nil || !u.known.database || u.known.data == "" || !u.servesData() {
		return
	}
	at, data := u.path("image"), u.known.data
	for _, m := range u.mounts {
		if !covers(m.Target, data) && !covers(data, m.Target) && !holdsDatabase(m.Target) {
			continue
		}
		if m.Type != types.VolumeTypeVolume || m.Source != "" {
			return
		}
		at = m.path
	}
	for _, t := range u.svc.Tmpfs {
		if target, _, _ := strings.Cut(t, ":"); covers(target, data) {
			return // it was said that they may be lost
		}
	}
	l.report("compose-database-loses-data", u, fmt.Sprintf("%s keeps its data in %s, for which there is no named volume", u.known.name, data), at...)
}

// servers are the words by which the server of a database is called in its image.
var servers = []string{"mysqld", "mariadbd", "postgres", "mongod", "rabbitmq-server", "server", "influxd", "neo4j", "cassandra", "elasticsearch", "docker-entrypoint.sh"}

// servesData tells the server of a database from what uses its image for the clients in it: a backup, a shell.
func (u *unit) servesData() bool {
	if u.runsOnce() || len(u.svc.Entrypoint) > 0 {
		return false
	}
	return len(u.svc.Command) == 0 || strings.HasPrefix(u.svc.Command[0], "-") || slices.Contains(servers, path.Base(u.svc.Command[0]))
}

// covers says that the inner path is the outer one or below it.
func covers(outer, inner string) bool {
	outer = strings.TrimRight(outer, "/")
	return inner == outer || strings.HasPrefix(inner, outer+"/")
}

// settingsFiles are how files of configuration end.
var settingsFiles = []string{".toml", ".yml", ".yaml", ".conf", ".cnf", ".cfg", ".ini", ".json", ".properties", ".xml"}

// hiddenConfig reports a file of configuration in whose place is nothing.
func (l *linter) hiddenConfig(u *unit) {
	for _, m := range u.mounts {
		if m.Source == os.DevNull && slices.Contains(settingsFiles, strings.ToLower(path.Ext(m.Target))) {
			l.report("compose-hidden-config", u, fmt.Sprintf("%s is mounted over %s, so that the configuration is empty", os.DevNull, m.Target), m.path...)
		}
	}
}

// socket reports a proxy that holds the socket of the container engine. On any other service it is refused.
func (l *linter) socket(u *unit) {
	for _, m := range u.mounts {
		if slices.Contains(sockets, m.Source) {
			l.report("compose-docker-socket", u, fmt.Sprintf("has %s, and with it every container and file of the machine", m.Source), m.path...)
			return
		}
	}
}

// codeFolders are what folders of code are called.
var codeFolders = []string{"src", "source", "app", "code", "lib"}

// sourceMounted reports the project's own code laid over that of the image, unless its objects have a folder of the
// node for it, which audit's rules report.
func (l *linter) sourceMounted(u *unit) {
	for _, m := range u.mounts {
		if m.Type != types.VolumeTypeBind || !l.isCode(u, m.Source) {
			continue
		}
		if _, carried := inline(m.Source); carried && m.ReadOnly || !l.compiled(u) {
			l.report("compose-source-mounted", u, fmt.Sprintf("%s hides what the image has at %s", l.names.show(m.Source), m.Target), m.path...)
			return
		}
	}
}

func (l *linter) isCode(u *unit, folder string) bool {
	dir := l.names.project
	if folder == dir {
		return true
	}
	if rel, err := filepath.Rel(dir, folder); err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return false
	}
	if b := u.svc.Build; b != nil && folder == b.Context {
		return true
	}
	return slices.Contains(codeFolders, filepath.Base(folder))
}
