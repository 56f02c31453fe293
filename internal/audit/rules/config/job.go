package config

import (
	"path"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

// databaseWork are names of what works on a database.
var databaseWork = regexp.MustCompile(`(?i)migrat|seed|flyway|liquibase|alembic|schema|fixtures|db-?init|init-?db|backup|dump`)

// databaseVariable are prefixes of variables of a connection to a database.
var databaseVariable = regexp.MustCompile(`(?i)(DB|DATABASE|RDS|SQL|PG|POSTGRES|MARIADB|MONGO|JDBC|DATASOURCE)`)

// jobWithoutEnvironment finds Jobs and init containers that work on a database and are told nothing of it, though what
// belongs to the same program is.
func jobWithoutEnvironment(p *rule.Pass) {
	var siblings map[string]*objects.Workload
	p.Containers(func(c rule.Container) {
		job := c.Workload.Kind() == "Job" || c.Workload.Kind() == "CronJob"
		if !job && !c.Init || !bare(c) {
			return
		}
		if siblings == nil {
			siblings = connected(p)
		}
		repository := known.Repository(c.Image)
		sibling := siblings["image "+repository]
		if sibling == nil && (databaseWork.MatchString(c.Name) || databaseWork.MatchString(known.Short(c.Image)) || job && databaseWork.MatchString(c.Workload.Name())) {
			sibling = siblings["namespace "+c.Workload.Namespace()]
			if family := path.Dir(repository); sibling == nil && strings.Contains(family, "/") {
				sibling = siblings["family "+family]
			}
		}
		if sibling == nil {
			return
		}
		p.Report(c.Workload.Object, c.Path, "container %s has no environment at all, while %s is told which database to connect to", c.Name, sibling.Title())
	})
}

// bare says that a container is told nothing: by no variable, no file and no argument.
func bare(c rule.Container) bool {
	if len(c.Env)+len(c.EnvFrom) > 0 || c.Image == "" {
		return false
	}
	config := map[string]bool{}
	for i := range c.Workload.Pod.Volumes {
		v := &c.Workload.Pod.Volumes[i]
		config[v.Name] = v.EmptyDir == nil
	}
	for _, m := range c.VolumeMounts {
		if config[m.Name] {
			return false
		}
	}
	words := strings.Join(append(append([]string{}, c.Command...), c.Args...), " ")
	return !strings.Contains(words, "://") && !strings.Contains(words, "host") && !strings.Contains(words, "-h ") && !strings.Contains(words, "nc ")
}

// connected finds for each namespace, image and family of images a workload that connects to a database.
func connected(p *rule.Pass) map[string]*objects.Workload {
	found := map[string]*objects.Workload{}
	note := func(key string, w *objects.Workload) {
		if found[key] == nil {
			found[key] = w
		}
	}
	p.Containers(func(c rule.Container) {
		if !known.Runs(c.Workload) || !connects(p, c) {
			return
		}
		repository := known.Repository(c.Image)
		note("image "+repository, c.Workload)
		note("family "+path.Dir(repository), c.Workload)
		note("namespace "+c.Workload.Namespace(), c.Workload)
	})
	return found
}

func connects(p *rule.Pass, c rule.Container) bool {
	for _, conn := range known.Connections(p.Graph, c.Workload, c.Container, c.Path) {
		if databaseVariable.MatchString(conn.Variable.Name) || databaseVariable.MatchString(conn.Scheme) {
			return true
		}
	}
	return hasSecretURL(c.Env)
}

// hasSecretURL finds a connection string that is kept in a Secret whose content is not at hand.
func hasSecretURL(env []corev1.EnvVar) bool {
	for _, e := range env {
		if e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil && (strings.HasSuffix(e.Name, "DATABASE_URL") || strings.HasSuffix(e.Name, "DB_URL")) {
			return true
		}
	}
	return false
}
