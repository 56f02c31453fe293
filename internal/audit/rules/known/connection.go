package known

import (
	"regexp"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Connection is a server that a container is told to connect to.
type Connection struct {
	Address
	Variable  Variable        // that names the host
	PortOf    *Variable       // that names the port, if it is another
	Prefix    string          // of variables that belong to it: DB_ of DB_HOST
	Service   *objects.Object // that has the name, nil if none has
	Namespace string          // that the name is looked up in
}

var (
	// hostVariable are names of variables that hold the name of a server to connect to.
	hostVariable = regexp.MustCompile(`(?i)^(.+_|)(DB|DATABASE|RDS|SQL|MYSQL|MARIADB|POSTGRES|POSTGRESQL|PG|MONGO|MONGODB|REDIS|VALKEY|CACHE|MEMCACHED|RABBITMQ|AMQP|KAFKA|NATS|ELASTICSEARCH|OPENSEARCH|SMTP|MAIL|API|BACKEND|QUEUE|BROKER|S3|MINIO|CASSANDRA|SOLR|LDAP|UPSTREAM|SERVICE|JDBC)(_DB)?_?(HOST|HOSTNAME|HOST_NAME|SERVER)$`)
	// addressVariable are names of variables that hold host:port.
	addressVariable = regexp.MustCompile(`(?i)(HOSTS?|ADDR|ADDRESS|ADDRESSES|BROKERS?|SERVERS?|ENDPOINTS?|URLS?|URI|DSN|NODES|UPSTREAM|BACKEND|TARGET|CONNECTION|CONNECTION_STRING)$`)
	// own are names of variables that say what the program itself is called or listens at.
	own = regexp.MustCompile(`(?i)(^|_)(BASE_?URL|ROOT_?URL|PUBLIC_?URL|SITE_?URL|EXTERNAL_?URL|APP_?URL|SERVER_?URL|ORIGINS?|CORS.*|LISTEN.*|BIND.*|ADVERTISED.*|HOSTNAME|ISSUER|REDIRECT.*|CALLBACK.*|ALLOWED.*|VIRTUAL_HOST|NO_?PROXY|REDIRECT_URIS?|INITIAL_CLUSTER|SCHEMA|NAMESPACE|XMLNS)$`)
)

// connectionsOf is the key under which a graph keeps a container's connections.
type connectionsOf struct{ container *corev1.Container }

// Connections lists the servers that a container's environment names.
func Connections(g *objects.Graph, w *objects.Workload, c *corev1.Container, path string) []Connection {
	return objects.Memo(g, connectionsOf{c}, func() []Connection { return connections(g, w, c, path) })
}

func connections(g *objects.Graph, w *objects.Workload, c *corev1.Container, path string) []Connection {
	env := Env(g, w, c, path)
	var all []Connection
	for i := range env {
		v := env[i]
		if !v.Known || v.Value == "" || own.MatchString(v.Name) {
			continue
		}
		addresses := ParseAddresses(v.Value)
		if !strings.Contains(v.Value, "://") && !addressVariable.MatchString(v.Name) {
			addresses = nil // redis:7 may as well be an image
		}
		prefix := ""
		if hostVariable.MatchString(v.Name) {
			if len(addresses) == 0 {
				addresses = []Address{{Host: strings.ToLower(strings.Trim(strings.TrimSpace(v.Value), `'"`))}}
			}
			prefix = prefixOf(v.Name)
		} else if i := strings.LastIndexByte(v.Name, '_'); i > 0 {
			prefix = v.Name[:i+1]
		}
		for _, a := range addresses {
			if !IsName(a.Host) || !dialled(a.Scheme) {
				continue
			}
			conn := Connection{Address: a, Variable: v, Prefix: prefix}
			conn.complete(env)
			conn.Service, conn.Namespace = ServiceAt(g, w.Namespace(), conn.Host)
			all = append(all, conn)
		}
	}
	return all
}

// schemes are those whose host is a server's name; s3://bucket has none.
var schemes = map[string]bool{
	"": true, "tcp": true, "udp": true, "kafka": true, "grpc": true, "grpcs": true, "mysql2": true, "mysqli": true, "pgsql": true, "postgis": true,
	"mssql": true, "zookeeper": true, "clickhouse": true, "cassandra": true, "elasticsearch": true, "pulsar": true, "mqtt": true, "mqtts": true,
	"stomp": true, "valkey": true, "smtps": true, "syslog": true, "memcache": true,
}

// dialled says that programs open a connection to what stands after the scheme.
func dialled(scheme string) bool {
	scheme, more, _ := strings.Cut(scheme, "+")
	scheme, _, _ = strings.Cut(scheme, ":")
	return more != "srv" && (schemes[scheme] || usual[scheme] > 0)
}

var hostEnd = regexp.MustCompile(`(?i)_?(HOST_NAME|HOSTNAME|HOST|SERVER)$`)

func prefixOf(name string) string {
	if base := hostEnd.ReplaceAllString(name, ""); base != "" {
		return base + "_"
	}
	return ""
}

// complete finds the port that a variable beside the host's names.
func (c *Connection) complete(env []Variable) {
	if c.Port == 0 && c.Prefix != "" && c.Scheme == "" {
		for i := range env {
			if v := &env[i]; v.Known && strings.EqualFold(v.Name, c.Prefix+"PORT") {
				if n, err := strconv.Atoi(strings.TrimSpace(v.Value)); err == nil {
					c.Port, c.PortOf = n, v
				}
			}
		}
	}
	if c.Port == 0 {
		c.Port = PortOfScheme(c.Scheme)
	}
}

// ServiceAt finds the Service that a host name means to a pod of a namespace, and the namespace in which it is looked
// up; that is empty for a name from outside the cluster.
func ServiceAt(g *objects.Graph, namespace, host string) (*objects.Object, string) {
	labels := strings.Split(host, ".")
	ns, name := namespace, labels[len(labels)-1]
	switch {
	case len(labels) == 1:
	case len(labels) >= 3 && labels[2] == "svc" || len(labels) == 2:
		name, ns = labels[0], labels[1]
	case len(labels) >= 4 && labels[3] == "svc": // a pod of a headless Service
		name, ns = labels[1], labels[2]
	case len(labels) == 3: // pod.service.namespace
		name, ns = labels[1], labels[2]
	default:
		return nil, ""
	}
	o := g.Find("Service", ns, name)
	if o == nil && len(labels) == 2 {
		if headless := g.Find("Service", namespace, labels[1]); headless != nil { // pod.service
			return headless, namespace
		}
	}
	if o == nil && len(labels) > 1 {
		if _, here := g.Namespaces()[ns]; !here && ns != namespace && len(g.InNamespace(ns)) == 0 {
			return nil, ""
		}
		if len(labels) == 3 && labels[2] != "svc" {
			return nil, ""
		}
	}
	return o, ns
}

// TargetPort is where a port of a Service leads to in the pods of a workload; false if it leads nowhere.
func TargetPort(p *corev1.ServicePort, pod *corev1.PodSpec) (int32, bool) {
	switch {
	case p.TargetPort.Type == intstr.Int && p.TargetPort.IntVal > 0:
		return p.TargetPort.IntVal, true
	case p.TargetPort.Type == intstr.Int:
		return p.Port, true
	}
	return PortNamed(pod, p.TargetPort.StrVal)
}

// PortNamed is the number of a port of that name of a pod's containers.
func PortNamed(pod *corev1.PodSpec, name string) (int32, bool) {
	number, found := int32(0), false
	objects.EachContainer(pod, "", func(c *corev1.Container, _ string) {
		for i := range c.Ports {
			if c.Ports[i].Name == name && !found {
				number, found = c.Ports[i].ContainerPort, true
			}
		}
	})
	return number, found
}
