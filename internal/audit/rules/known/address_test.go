package known_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slipway-sh/slipway/internal/audit/rules/known"
)

func TestAddressesAreFoundAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string][]known.Address{
		"postgres://shop:p%40ss@db:5432/orders?sslmode=disable":  {{Scheme: "postgres", Host: "db", Port: 5432, User: "shop", Password: "p@ss", Database: "orders"}},
		"jdbc:postgresql://db.shop.svc:5432/orders?user=a":       {{Scheme: "postgresql", Host: "db.shop.svc", Port: 5432, User: "a", Database: "orders"}},
		"jdbc:sqlserver://db:1433;databaseName=orders;user=a":    {{Scheme: "sqlserver", Host: "db", Port: 1433, User: "a", Database: "orders"}},
		"mongodb://a:b@m-0.m:27017,m-1.m/orders":                 {{Scheme: "mongodb", Host: "m-0.m", Port: 27017, User: "a", Password: "b", Database: "orders"}, {Scheme: "mongodb", Host: "m-1.m", User: "a", Password: "b", Database: "orders"}},
		"shop:secret@tcp(db:3306)/orders?parseTime=true":         {{Host: "db", Port: 3306, User: "shop", Password: "secret", Database: "orders"}},
		"host=db port=5432 user=shop password='a b' dbname=shop": {{Host: "db", Port: 5432, User: "shop", Password: "a b", Database: "shop"}},
		`"http://api:8080/v1"`:                                   {{Scheme: "http", Host: "api", Port: 8080, Database: "v1"}},
		"kafka-0.kafka:9092,kafka-1.kafka:9092":                  {{Host: "kafka-0.kafka", Port: 9092}, {Host: "kafka-1.kafka", Port: 9092}},
		"http://[::1]:8080/":                                     nil,
		"just words":                                             nil,
		"12":                                                     nil,
		"a:b":                                                    nil,
	} {
		if d := cmp.Diff(want, known.ParseAddresses(text)); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
}

func TestHostsOfARuleOfTraefik(t *testing.T) {
	for match, want := range map[string][]string{
		"Host(`a.example.com`) && PathPrefix(`/api`)":      {"a.example.com"},
		"Host(`a.example.com`, `b.example.com`)":           {"a.example.com", "b.example.com"},
		"Host(`a.example.com`) || Host(\"B.example.com\")": {"a.example.com", "b.example.com"},
		"HostSNI(`*`)":    nil,
		"PathPrefix(`/`)": nil,
	} {
		if got := known.MatchHosts(match); !slices.Equal(got, want) {
			t.Errorf("%s: %q", match, got)
		}
	}
}

func FuzzAddresses(f *testing.F) {
	for _, s := range []string{"postgres://a:b@h:1/d?x=y", "a:b@tcp(h:1)/d", "host=h port=1", "h:1,i:2", "jdbc:sqlserver://h;a=b", "://@:,/?#", "Host(`a`)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, a := range known.ParseAddresses(s) {
			if a.Host == "" {
				t.Errorf("%q has a server without a host", s)
			}
			known.IsName(a.Host)
		}
		known.MatchHosts(s)
	})
}
