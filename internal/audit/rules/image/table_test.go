package image

import (
	"strings"
	"testing"
	"time"
)

func TestTablesAreWhole(t *testing.T) {
	all := load()
	for product, list := range all.cycles {
		for _, c := range list {
			if c.end != "" {
				if _, err := time.Parse(time.DateOnly, c.end); err != nil {
					t.Errorf("%s %s: %v", product, c.text, err)
				}
			}
			if !strings.HasPrefix(c.source, "https://") {
				t.Errorf("%s %s: no source", product, c.text)
			}
			if again, dead := all.cycleOf(product, c.text); dead != c.dead() || dead && again.text != c.text && c.number != nil && len(again.number) == len(c.number) {
				t.Errorf("%s %s is found as %s", product, c.text, again.text)
			}
		}
	}
	for image, product := range all.products {
		if len(all.cycles[product]) == 0 {
			t.Errorf("%s: no cycles of %s", image, product)
		}
	}
	for product, list := range all.holes {
		for _, h := range list {
			if len(all.cycles[product]) == 0 || len(h.fixed) == 0 || !strings.HasPrefix(h.cve, "CVE-") {
				t.Errorf("%s: %s is not whole", product, h.cve)
			}
			for _, f := range h.fixed {
				if len(f) != 3 {
					t.Errorf("%s: %s: %v is no version", product, h.cve, f)
				}
			}
		}
	}
	for _, list := range []map[string]notice{all.registries, all.abandoned} {
		for name, n := range list {
			if !strings.HasPrefix(n.source, "https://") || (n.what == "") != (n.advice == "") {
				t.Errorf("%s is not whole", name)
			}
		}
	}
}

func TestCyclesAreComparedByNumber(t *testing.T) {
	all := load()
	for _, c := range []struct{ product, tag, cycle string }{
		{"postgres", "9.6.16-alpine", "9.6"}, {"postgres", "9", "9.6"}, {"postgres", "16.1", ""}, {"postgres", "1", ""},
		{"mysql", "5.7", "5.7"}, {"mysql", "8", ""}, {"mysql", "8.0.36", "8.0"}, {"confluence", "7.4", "7.4"}, {"confluence", "7.40", ""},
		{"traefik", "v1.7.34", "1.7"}, {"traefik", "1.6", "1"}, {"node", "14-buster-slim", "14"}, {"debian", "buster-slim", "buster"},
		{"python", "3", ""}, {"python", "3.9-slim", "3.9"}, {"prometheus", "v2.40.1", "2"}, {"grafana", "8.5.27", "8"}, {"redis", "latest", ""},
		{"redis", "99999999999999999999", ""}, {"redis", "", ""},
	} {
		got, dead := all.cycleOf(c.product, c.tag)
		if dead != (c.cycle != "") || dead && got.text != c.cycle {
			t.Errorf("%s:%s is of cycle %q (dead: %t), want %q", c.product, c.tag, got.text, dead, c.cycle)
		}
	}
}

func TestHolesAreOfVersionsBeforeTheirFix(t *testing.T) {
	all := load()
	for _, c := range []struct{ tag, want string }{
		{"7.4.5", "CVE-2021-26084 CVE-2022-26134 CVE-2023-22518"}, {"7.4", "CVE-2023-22518"}, {"7.13.0", "CVE-2022-26134 CVE-2023-22518"},
		{"8.5.1", "CVE-2023-22515 CVE-2023-22518 CVE-2023-22527"}, {"9.1.0", ""}, {"7", ""},
	} {
		if got := strings.Join(all.known("confluence", versionOf(c.tag)), " "); got != c.want {
			t.Errorf("confluence %s has %q, want %q", c.tag, got, c.want)
		}
	}
}

// What people write as an image's name is foreign input.
func FuzzImage(f *testing.F) {
	for _, s := range []string{"redis", "nginx:latest", "eu.gcr.io/a/b:1.2", "a@sha256:" + strings.Repeat("0", 64), "{{ .Values.image }}", "x:9.9999999999999999999", "bitnami/", ":", "postgres:9."} {
		f.Add(s)
	}
	all := load()
	f.Fuzz(func(_ *testing.T, s string) {
		n, ok := parse(s)
		if !ok {
			return
		}
		moves(n)
		product := all.productOf(n)
		all.cycleOf(product, n.tag)
		for p := range all.holes {
			all.known(p, versionOf(n.tag))
		}
		all.registryOf(n)
		all.abandonedOf(n)
	})
}
