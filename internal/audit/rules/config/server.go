package config

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// server finds the workload that a connection leads to: by its Service, or by its own name if there is no Service.
func server(p *rule.Pass, conn known.Connection) *objects.Workload {
	if conn.Service != nil {
		for _, r := range p.From(conn.Service) {
			if r.Selector && r.To != nil {
				if w := p.Workload(r.To); w != nil {
					if _, db := known.Database(w.Pod); db != nil {
						return w
					}
				}
			}
		}
		return nil
	}
	name, _, _ := strings.Cut(conn.Host, ".")
	for _, kind := range []string{"Deployment", "StatefulSet"} {
		o := p.Find(kind, conn.Namespace, name)
		if o == nil {
			o = known.Elsewhere(p.Graph, kind, conn.Namespace, name)
		}
		if o != nil {
			return p.Workload(o)
		}
	}
	return nil
}

// account is what a database's image makes at its first start, by the environment variables that say so.
type account struct {
	user, password, database []string
	root                     string // who is there without being named
	rootPassword             []string
}

// accounts are by the name of the program.
var accounts = map[string]account{
	"MySQL": {[]string{"MYSQL_USER"}, []string{"MYSQL_PASSWORD"}, []string{"MYSQL_DATABASE"}, "root", []string{"MYSQL_ROOT_PASSWORD"}},
	"MariaDB": {[]string{"MARIADB_USER", "MYSQL_USER"}, []string{"MARIADB_PASSWORD", "MYSQL_PASSWORD"}, []string{"MARIADB_DATABASE", "MYSQL_DATABASE"},
		"root", []string{"MARIADB_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD"}},
	"PostgreSQL": {[]string{"POSTGRES_USER", "POSTGRESQL_USERNAME"}, []string{"POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"}, []string{"POSTGRES_DB", "POSTGRESQL_DATABASE"},
		"postgres", []string{"POSTGRES_PASSWORD", "POSTGRESQL_POSTGRES_PASSWORD"}},
	"MongoDB": {[]string{"MONGO_INITDB_ROOT_USERNAME", "MONGODB_ROOT_USER"}, []string{"MONGO_INITDB_ROOT_PASSWORD", "MONGODB_ROOT_PASSWORD"}, nil, "", nil},
}

// initialised says that scripts beside the image's own make accounts and databases too.
func initialised(pod *corev1.PodSpec) bool {
	found := false
	objects.EachContainer(pod, "", func(c *corev1.Container, _ string) {
		for _, m := range c.VolumeMounts {
			found = found || strings.HasPrefix(m.MountPath, "/docker-entrypoint-initdb.d")
		}
	})
	return found
}

// named finds the first variable of that name, whatever its case.
func named(env []known.Variable, names ...string) *known.Variable {
	for _, name := range names {
		for i := range env {
			if strings.EqualFold(env[i].Name, name) {
				return &env[i]
			}
		}
	}
	return nil
}
