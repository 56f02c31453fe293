package security

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// openKeys are keys of Secrets whose values are no secret.
var openKeys = []string{"user", "username", "login", "host", "hostname", "port", "database", "dbname", "name", "url", "email", "region", "bucket", "endpoint", "ca.crt", "tls.crt", "namespace"}

func checkSecrets(p *rule.Pass) {
	for _, o := range p.OfKind("Secret") {
		s, ok := o.Object.(*corev1.Secret)
		// Those of Compose come from an environment or a file; those that a tool made need not be in its files.
		if !ok || o.Given || o.Origin.Path != "" || o.Rewritten {
			continue
		}
		if l := secretLeaks(s); len(l.names) > 0 {
			p.Report(o, l.fields[0], "the files have the values of %s", l.list())
		}
	}
}

func secretLeaks(s *corev1.Secret) *leaks {
	l := &leaks{}
	values, fields := map[string]string{}, map[string]string{}
	for k, v := range s.Data {
		values[k], fields[k] = string(v), keyed("data", k)
	}
	for k, v := range s.StringData {
		values[k], fields[k] = v, keyed("stringData", k)
	}
	sorted := make([]string, 0, len(values))
	for k, v := range values {
		sorted = append(sorted, k)
		l.user(k, v)
	}
	slices.Sort(sorted)
	for _, k := range sorted {
		v := values[k]
		if user, secret, found := inside(v); found {
			l.add(fields[k], k, secret, user)
			continue
		}
		if !harmless(v) && !slices.Contains(openKeys, strings.ToLower(k)) && !strings.HasPrefix(v, "-----BEGIN CERTIFICATE") {
			l.add(fields[k], k, v)
		}
	}
	return l
}
