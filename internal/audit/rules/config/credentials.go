package config

import (
	"fmt"
	"strings"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// credentialsDiffer compares what a client says to a database with what the database was made with: one finding for each
// container and database.
func credentialsDiffer(p *rule.Pass) {
	p.Containers(func(c rule.Container) {
		told := map[*objects.Object]bool{}
		for _, conn := range known.Connections(p.Graph, c.Workload, c.Container, c.Path) {
			w := server(p, conn)
			if w == nil || told[w.Object] || w.Object == c.Workload.Object {
				continue
			}
			i, db := known.Database(w.Pod)
			if db == nil || initialised(w.Pod) {
				continue
			}
			names, ok := accounts[db.Name]
			if !ok {
				continue
			}
			at := fmt.Sprintf("%s.containers[%d]", w.Path, i)
			has := known.Env(p.Graph, w, &w.Pod.Containers[i], at)
			if differs, v := compare(client(p, c, conn), has, names); len(differs) > 0 {
				told[w.Object] = true
				p.Report(v.Object, v.Field, "container %s and %s, which it connects to, do not agree: %s", c.Name, w.Title(), strings.Join(differs, "; "))
			}
		}
	})
}

// login is what a client says to a database.
type login struct{ user, password, database *known.Variable }

// client finds what a container says: in the address itself, or in variables beside it.
func client(p *rule.Pass, c rule.Container, conn known.Connection) login {
	env := known.Env(p.Graph, c.Workload, c.Container, c.Path)
	part := func(value string, names ...string) *known.Variable {
		if value != "" {
			v := conn.Variable
			v.Value = value
			return &v
		}
		for i, n := range names {
			names[i] = conn.Prefix + n
		}
		if conn.Prefix == "" {
			return nil
		}
		return named(env, names...)
	}
	return login{
		user:     part(conn.User, "USER", "USERNAME", "USR", "LOGIN"),
		password: part(conn.Password, "PASSWORD", "PASS", "PASSWD", "PWD"),
		database: part(conn.Database, "DATABASE", "DB", "NAME", "DBNAME", "DB_NAME"),
	}
}

// compare lists in what the two differ, and the first variable of the client's that does.
func compare(l login, has []known.Variable, names account) (differs []string, at *known.Variable) {
	differ := func(v *known.Variable, format string, args ...any) {
		if at == nil {
			at = v
		}
		differs = append(differs, fmt.Sprintf(format, args...))
	}
	user := named(has, names.user...)
	root := false
	if l.user != nil && l.user.Known && l.user.Value != "" {
		root = l.user.Value == names.root
		if user != nil && user.Known && user.Value != l.user.Value && !root {
			differ(l.user, "the user is %s in %s, and %s in %s there", l.user.Value, l.user.Name, user.Value, user.Name)
		}
	}
	password := named(has, names.password...)
	if root {
		password = named(has, names.rootPassword...)
	}
	if l.password != nil && password != nil && l.password.Known && password.Known && l.password.Value != password.Value && len(differs) == 0 {
		differ(l.password, "the password in %s is not that in %s there", l.password.Name, password.Name)
	}
	database := named(has, names.database...)
	if l.database != nil && database != nil && l.database.Known && database.Known && l.database.Value != "" && l.database.Value != database.Value && !root {
		differ(l.database, "the database is %s in %s, and %s in %s there", l.database.Value, l.database.Name, database.Value, database.Name)
	}
	return differs, at
}
