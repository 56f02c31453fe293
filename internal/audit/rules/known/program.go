package known

import (
	"cmp"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Program is a program that is known by its image.
type Program struct {
	Name     string
	Database bool   // it keeps what cannot be made again
	Data     string // where
	Variable string // environment variable that says where instead
	Option   string // command line option that says where instead
	Refuses  string // what it says of a data directory that is not empty, if it refuses one
	Start    int    // seconds that a first start may take; 0: nothing is known
	Heavy    bool   // every start takes that long
	Admin    bool   // a user interface to administrate databases
}

var (
	mysql = Program{Name: "MySQL", Database: true, Data: "/var/lib/mysql", Option: "--datadir", Start: 90,
		Refuses: "--initialize specified but the data directory has files in it. Aborting."}
	mariadb  = Program{Name: "MariaDB", Database: true, Data: "/var/lib/mysql", Option: "--datadir", Start: 60}
	postgres = Program{Name: "PostgreSQL", Database: true, Data: "/var/lib/postgresql/data", Variable: "PGDATA", Start: 60,
		Refuses: "initdb: error: directory exists but is not empty; it contains a lost+found directory"}
	mongo      = Program{Name: "MongoDB", Database: true, Data: "/data/db", Option: "--dbpath", Start: 60}
	elastic    = Program{Name: "Elasticsearch", Database: true, Data: "/usr/share/elasticsearch/data", Variable: "path.data", Start: 90, Heavy: true}
	opensearch = Program{Name: "OpenSearch", Database: true, Data: "/usr/share/opensearch/data", Variable: "path.data", Start: 90, Heavy: true}
	mssql      = Program{Name: "SQL Server", Database: true, Data: "/var/opt/mssql", Start: 60}
)

func heavy(name string, seconds int) Program { return Program{Name: name, Start: seconds, Heavy: true} }

func admin(name string) Program { return Program{Name: name, Admin: true} }

// programs are by the last part of their images' names.
var programs = map[string]Program{
	"mysql": mysql, "mysql-server": mysql, "percona": mysql, "percona-server": mysql, "mysql-community": mysql,
	"mariadb": mariadb, "mariadb-galera": mariadb,
	"postgres": postgres, "postgresql": postgres, "postgis": postgres, "pgvector": postgres, "timescaledb": postgres, "timescaledb-ha": postgres,
	"mongo": mongo, "mongodb": mongo, "mongodb-community-server": mongo, "percona-server-mongodb": mongo,
	"elasticsearch": elastic, "opensearch": opensearch,
	"mssql-server":      mssql,
	"influxdb":          {Name: "InfluxDB", Database: true, Data: "/var/lib/influxdb2"},
	"cassandra":         {Name: "Cassandra", Database: true, Data: "/var/lib/cassandra", Start: 120, Heavy: true},
	"clickhouse":        {Name: "ClickHouse", Database: true, Data: "/var/lib/clickhouse"},
	"clickhouse-server": {Name: "ClickHouse", Database: true, Data: "/var/lib/clickhouse"},
	"couchdb":           {Name: "CouchDB", Database: true, Data: "/opt/couchdb/data"},
	"neo4j":             {Name: "Neo4j", Database: true, Data: "/data", Start: 60, Heavy: true},
	"cockroach":         {Name: "CockroachDB", Database: true, Data: "/cockroach/cockroach-data"},

	"adminer": admin("Adminer"), "phpmyadmin": admin("phpMyAdmin"), "pgadmin4": admin("pgAdmin"), "pgadmin": admin("pgAdmin"),
	"mongo-express": admin("mongo-express"), "redis-commander": admin("Redis Commander"), "cloudbeaver": admin("CloudBeaver"),
	"pgweb": admin("pgweb"), "redisinsight": admin("Redis Insight"), "dbgate": admin("DbGate"),

	"confluence": heavy("Confluence", 300), "confluence-server": heavy("Confluence", 300),
	"jira": heavy("Jira", 300), "jira-software": heavy("Jira", 300), "jira-core": heavy("Jira", 300), "jira-servicemanagement": heavy("Jira", 300),
	"bitbucket": heavy("Bitbucket", 300), "bitbucket-server": heavy("Bitbucket", 300), "bamboo": heavy("Bamboo", 300), "crowd": heavy("Crowd", 180),
	"keycloak": heavy("Keycloak", 120), "sonarqube": heavy("SonarQube", 180), "gitlab-ce": heavy("GitLab", 300), "gitlab-ee": heavy("GitLab", 300),
	"nexus3": heavy("Nexus", 180), "jenkins": heavy("Jenkins", 120), "artifactory-oss": heavy("Artifactory", 180), "artifactory-pro": heavy("Artifactory", 180),
	"solr": heavy("Solr", 60), "wildfly": heavy("WildFly", 90), "xwiki": heavy("XWiki", 180), "liferay": heavy("Liferay", 300),
	"logstash": heavy("Logstash", 90), "kibana": heavy("Kibana", 90), "openproject": heavy("OpenProject", 180), "camunda-bpm-platform": heavy("Camunda", 90),
}

// Of finds the program of an image, nil if it is not known.
func Of(image string) *Program {
	p, ok := programs[Short(image)]
	repository := strings.ToLower(Repository(image))
	if strings.HasSuffix(repository, "mssql/server") {
		p, ok = mssql, true
	}
	if !ok {
		return nil
	}
	if p.Data != "" && strings.Contains(repository, "bitnami") { // these images keep data elsewhere, below a directory of their own
		p.Data, p.Refuses, p.Variable = "/bitnami/"+Short(image), "", ""
	}
	if p.Name == "PostgreSQL" && p.Refuses != "" && atLeast18(Tag(image)) { // its data are in a folder named after the version
		p.Data, p.Refuses = "/var/lib/postgresql", ""
	}
	return &p
}

func atLeast18(tag string) bool {
	major, _, _ := strings.Cut(tag, ".")
	major, _, _ = strings.Cut(major, "-")
	return len(major) == 2 && major >= "18" && major <= "99"
}

// DataDir is where a container keeps its data, as its environment and arguments have it.
func (p *Program) DataDir(c *corev1.Container) string {
	dir := p.Data
	for _, e := range c.Env {
		if e.Name == p.Variable && e.Value != "" {
			dir = e.Value
		}
	}
	words := append(append([]string{}, c.Command...), c.Args...)
	for i, w := range words {
		if p.Option == "" || !strings.HasPrefix(w, p.Option) {
			continue
		}
		if v, ok := strings.CutPrefix(w, p.Option+"="); ok {
			dir = v
		} else if w == p.Option && i+1 < len(words) {
			dir = words[i+1]
		}
	}
	return path.Clean(cmp.Or(dir, "/"))
}

// Database finds the database among the containers of a pod: its index and program, nil if there is none.
func Database(spec *corev1.PodSpec) (int, *Program) {
	for i := range spec.Containers {
		if p := Of(spec.Containers[i].Image); p != nil && p.Database {
			return i, p
		}
	}
	return 0, nil
}
