package workload

import (
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
)

var sidecars = []*rule.Rule{
	{ID: "sidecar-belongs-elsewhere", Severity: rule.Risk, Title: "A user interface runs in the pod of its database",
		Why:     "An update of the one ends the other, a policy for the pod opens the database's port with the interface's, and a leak in the interface takes the database down.",
		Advice:  "give it a Deployment of its own, with its own Service and policy, or run it only when it is needed (kubectl port-forward)",
		Compose: "give it a service of its own instead of network_mode: service:…",
		Sources: []string{docs + "concepts/workloads/pods/#using-pods"}, Check: sidecarBelongsElsewhere},
	{ID: "exporter-as-root", Severity: rule.Risk, Title: "An exporter of metrics uses the database's administrator",
		Why:     "Whoever gets into the exporter, which answers anybody on its port, may read and delete everything; it needs to read a few tables of statistics.",
		Advice:  "make a user for it with as little as it needs: PROCESS and REPLICATION CLIENT in MySQL, pg_monitor in PostgreSQL",
		Sources: []string{"https://github.com/prometheus/mysqld_exporter#required-grants", "https://github.com/prometheus-community/postgres_exporter#running-as-non-superuser"}, Check: exporterAsRoot},
	{ID: "database-in-deployment", Severity: rule.Risk, Title: "A database runs in a Deployment",
		Why:     "A Deployment makes a new pod before it has seen the old one end, as when a node is lost: two servers on the same files. A StatefulSet never has two of one name.",
		Advice:  "make it a StatefulSet with a volumeClaimTemplate and a headless Service",
		Sources: []string{docs + "concepts/workloads/controllers/statefulset/", docs + "tasks/run-application/force-delete-stateful-set-pod/#statefulset-considerations"}, Check: databaseInDeployment},
	{ID: "migration-in-every-pod", Severity: rule.Risk, Title: "Every pod migrates the database before it starts",
		Why:     "With several pods, several migrations run at once, and a failed one keeps every new pod from starting, those after the loss of a node too.",
		Advice:  "run the migration as a Job, and roll out when it has succeeded",
		Sources: []string{docs + "concepts/workloads/pods/init-containers/", jobDoc}, Check: migrationInEveryPod},
}

func sidecarBelongsElsewhere(p *rule.Pass) {
	for _, w := range p.Workloads() {
		i, db := known.Database(w.Pod)
		if db == nil {
			continue
		}
		rule.EachContainer(w, func(c rule.Container) {
			if prog := known.Of(c.Image); prog != nil && prog.Admin && !c.Init {
				p.Report(w.Object, c.Path, "container %s (%s) runs in the same pod as the database in container %s", c.Name, prog.Name, w.Pod.Containers[i].Name)
			}
		})
	}
}

// administrators are users who may do everything.
var administrators = map[string]bool{"root": true, "postgres": true, "sa": true}

var (
	userVariable = regexp.MustCompile(`^(MYSQL_USER|MYSQLD_EXPORTER_USER|DB_USER|DB_USERNAME|DATA_SOURCE_USER|POSTGRES_USER|PGUSER|MONGODB_USER|MONGO_USER|EXPORTER_USER)$`)
	userInURL    = regexp.MustCompile(`^(?:[a-z0-9+]+://)?(root|postgres|sa):[^@]*@`)
	userOption   = regexp.MustCompile(`--(?:mysqld\.username|user|username)[= ](root|postgres|sa)\b`)
	exporterPort = map[int32]bool{9104: true, 9187: true, 9216: true, 9121: true, 9399: true}
)

// exporting tells a container that turns a database's figures into metrics.
func exporting(c *corev1.Container) bool {
	if strings.Contains(known.Short(c.Image), "exporter") || strings.Contains(c.Name, "exporter") || strings.Contains(c.Name, "prom") {
		return true
	}
	for _, port := range c.Ports {
		if exporterPort[port.ContainerPort] {
			return true
		}
	}
	return false
}

func exporterAsRoot(p *rule.Pass) {
	p.Containers(func(c rule.Container) {
		if prog := known.Of(c.Image); !exporting(c.Container) || prog != nil && prog.Database {
			return
		}
		for i, e := range c.Env {
			user := ""
			if userVariable.MatchString(e.Name) && administrators[e.Value] {
				user = e.Value
			} else if m := userInURL.FindStringSubmatch(e.Value); m != nil {
				user = m[1]
			}
			if user != "" {
				p.Report(c.Workload.Object, fmt.Sprintf("%s.env[%d]", c.Path, i), "container %s reads metrics as the database user %s", c.Name, user)
				return
			}
		}
		if m := userOption.FindStringSubmatch(words(c.Args)); m != nil {
			p.Report(c.Workload.Object, c.Path+".args", "container %s reads metrics as the database user %s", c.Name, m[1])
		}
	})
}

func databaseInDeployment(p *rule.Pass) {
	for _, w := range p.Workloads() {
		if w.Kind() != "Deployment" && w.Kind() != "ReplicaSet" && w.Kind() != "ReplicationController" || known.Composed(w.Object) {
			continue
		}
		if i, db := known.Database(w.Pod); db != nil {
			p.Report(w.Object, "kind", "runs %s (container %s) as a %s", db.Name, w.Pod.Containers[i].Name, w.Kind())
		}
	}
}

var migration = regexp.MustCompile(`(?i)\b(db-?)?migrat(e|es|ion|ions|or)\b|\bflyway\b|\bliquibase\b|\balembic\b|\bdb:migrate\b`)

func migrationInEveryPod(p *rule.Pass) {
	for _, w := range p.Workloads() {
		s, ok := known.ScaleOf(p.Graph, w)
		if !ok || s.Max < 2 {
			continue
		}
		for i := range w.Pod.InitContainers {
			c := &w.Pod.InitContainers[i]
			if migration.MatchString(strings.Join([]string{c.Name, known.Short(c.Image), words(c.Command), words(c.Args)}, " ")) {
				p.Report(w.Object, fmt.Sprintf("%s.initContainers[%d]", w.Path, i), "container %s migrates the database at every start of up to %d pods", c.Name, s.Max)
				break
			}
		}
	}
}
