package known_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rules/known"
)

func TestImagesAreKnownByTheLastPartOfTheirName(t *testing.T) {
	for _, c := range []struct{ image, short, tag, program string }{
		{"mysql", "mysql", "", "MySQL"},
		{"mysql:5.7", "mysql", "5.7", "MySQL"},
		{"registry.example:5000/library/postgres:17-alpine", "postgres", "17-alpine", "PostgreSQL"},
		{"registry.example:5000/library/postgres", "postgres", "", "PostgreSQL"},
		{"mariadb@sha256:0123", "mariadb", "", "MariaDB"},
		{"mcr.microsoft.com/mssql/server:2022-latest", "server", "2022-latest", "SQL Server"},
		{"acme/server:1", "server", "1", ""},
		{"acme/mysql-backup:1", "mysql-backup", "1", ""},
		{"", "", "", ""},
	} {
		program := ""
		if p := known.Of(c.image); p != nil {
			program = p.Name
		}
		if known.Short(c.image) != c.short || known.Tag(c.image) != c.tag || program != c.program {
			t.Errorf("%q: %q, tag %q, program %q", c.image, known.Short(c.image), known.Tag(c.image), program)
		}
	}
}

func TestDataAreWhereTheContainerSaysElseWhereTheImageKeepsThem(t *testing.T) {
	env := func(name, value string) []corev1.EnvVar { return []corev1.EnvVar{{Name: name, Value: value}} }
	for _, c := range []struct {
		want      string
		container corev1.Container
	}{
		{"/var/lib/postgresql/data", corev1.Container{Image: "postgres:17"}},
		{"/var/lib/postgresql", corev1.Container{Image: "postgres:18.1"}},
		{"/srv/pg", corev1.Container{Image: "postgres:17", Env: env("PGDATA", "/srv/pg/")}},
		{"/bitnami/mysql", corev1.Container{Image: "bitnamilegacy/mysql:8.4"}},
		{"/data", corev1.Container{Image: "mysql:8.4", Args: []string{"--datadir=/data"}}},
		{"/data", corev1.Container{Image: "mongo:8.0", Args: []string{"--dbpath", "/data"}}},
	} {
		if got := known.Of(c.container.Image).DataDir(&c.container); got != c.want {
			t.Errorf("%s %v %v: %s, not %s", c.container.Image, c.container.Env, c.container.Args, got, c.want)
		}
	}
}

func FuzzOf(f *testing.F) {
	for _, image := range []string{"mysql:5.7", "a:1/b@sha256:", "::", "bitnami/postgresql", "postgres:18"} {
		f.Add(image)
	}
	f.Fuzz(func(t *testing.T, image string) {
		if !strings.HasPrefix(image, known.Repository(image)) {
			t.Errorf("%q is no part of %q", known.Repository(image), image)
		}
		if p := known.Of(image); p != nil {
			p.DataDir(&corev1.Container{Image: image})
		}
	})
}
