package compose

import (
	"path"
	"slices"
	"strings"
)

// knownImage is what is documented of a widely used image and cannot be seen from a Compose file.
type knownImage struct {
	name     string
	ports    []int32
	data     string // where it keeps what must not be lost; "" if nothing
	database bool   // two processes on the same files destroy them
}

var knownImages = []knownImage{
	{"mysql", []int32{3306}, "/var/lib/mysql", true},
	{"mariadb", []int32{3306}, "/var/lib/mysql", true},
	{"percona", []int32{3306}, "/var/lib/mysql", true},
	{"percona-server", []int32{3306}, "/var/lib/mysql", true},
	{"postgres", []int32{5432}, "/var/lib/postgresql/data", true},
	{"postgresql", []int32{5432}, "/var/lib/postgresql/data", true},
	{"postgis", []int32{5432}, "/var/lib/postgresql/data", true},
	{"pgvector", []int32{5432}, "/var/lib/postgresql/data", true},
	{"timescaledb", []int32{5432}, "/var/lib/postgresql/data", true},
	{"mongo", []int32{27017}, "/data/db", true},
	{"mongodb", []int32{27017}, "/data/db", true},
	{"couchdb", []int32{5984}, "/opt/couchdb/data", true},
	{"cassandra", []int32{9042}, "/var/lib/cassandra", true},
	{"clickhouse-server", []int32{8123, 9000}, "/var/lib/clickhouse", true},
	{"elasticsearch", []int32{9200}, "/usr/share/elasticsearch/data", true},
	{"opensearch", []int32{9200}, "/usr/share/opensearch/data", true},
	{"influxdb", []int32{8086}, "/var/lib/influxdb", true},
	{"neo4j", []int32{7474, 7687}, "/data", true},
	{"rabbitmq", []int32{5672}, "/var/lib/rabbitmq", true},
	{"minio", []int32{9000}, "/data", true},
	{"redis", []int32{6379}, "", false}, // most often a cache, and writes nothing unless asked
	{"valkey", []int32{6379}, "", false},
	{"memcached", []int32{11211}, "", false},
	{"nginx", []int32{80}, "", false},
	{"httpd", []int32{80}, "", false},
}

// imageName is the last part of a repository: mysql of docker.io/library/mysql:5.7@sha256:….
func imageName(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	name := path.Base(ref)
	name, _, _ = strings.Cut(name, ":")
	return strings.ToLower(name)
}

func imageKnown(ref string) *knownImage {
	name := imageName(ref)
	i := slices.IndexFunc(knownImages, func(k knownImage) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	k := knownImages[i]
	if k.data != "" && strings.Contains(ref, "bitnami") {
		k.data = "/bitnami/" + name
	}
	return &k
}

// dataFolders are where databases keep their files, whatever the image is called.
var dataFolders = []string{
	"/var/lib/mysql", "/var/lib/postgresql", "/var/lib/pgsql", "/data/db", "/data/configdb", "/var/lib/mongodb", "/bitnami",
	"/opt/couchdb/data", "/var/lib/cassandra", "/var/lib/clickhouse", "/usr/share/elasticsearch/data", "/usr/share/opensearch/data",
	"/var/lib/influxdb", "/var/lib/rabbitmq", "/var/opt/mssql",
}

// holdsDatabase says whether a mount point is where a database keeps its files.
func holdsDatabase(target string) bool {
	return slices.ContainsFunc(dataFolders, func(f string) bool { return target == f || strings.HasPrefix(target, f+"/") })
}

func (u *unit) isDatabase() bool {
	return u.known != nil && u.known.database ||
		slices.ContainsFunc(u.mounts, func(m mount) bool { return m.Type == "volume" && !m.ReadOnly && holdsDatabase(m.Target) })
}
