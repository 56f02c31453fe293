package traefik

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestARuleSaysWhichHostsAndPathsMatch(t *testing.T) {
	for rule, want := range map[string][]Match{
		"Host(`a.b`)":             {{"a.b", "/", false}},
		"Host(`a`, `B.c`)":        {{"a", "/", false}, {"b.c", "/", false}},
		"PathPrefix(`/x`)":        {{"", "/x", false}},
		"Host(`a`) && Path(`/x`)": {{"a", "/x", true}},
		"Host(`a`) && (PathPrefix(`/x`) || Path(`/y`))":       {{"a", "/x", false}, {"a", "/y", true}},
		"(Host(`a`) || Host(`b`)) && PathPrefix(`/x`)":        {{"a", "/x", false}, {"b", "/x", false}},
		"Host(`a`) && PathPrefix(`/x`) && PathPrefix(`/x/y`)": {{"a", "/x/y", false}},
		"Host(`a`) && Host(`b`) || Host(`c`)":                 {{"c", "/", false}},
		" Host( \"*.a.b\" ) ":                                 {{"*.a.b", "/", false}},
	} {
		got, err := ParseRule(rule)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", rule, err, diff)
		}
	}
}

func TestARuleThatAnIngressCannotSayIsAnError(t *testing.T) {
	for rule, want := range map[string]string{
		"":                       "cannot be read",
		"Host(`a`":               "not closed",
		"Host(`a":                "not closed",
		"Host(a)":                "quoted value",
		"Host(`a`) Host(`b`)":    "cannot be read from",
		"Host(`a`) &&":           "cannot be read",
		"!Host(`a`)":             "must not match",
		"Method(`GET`)":          "cannot say Method",
		"HostRegexp(`.*`)":       "cannot say HostRegexp",
		"Host(`192.0.2.1`)":      "is an address",
		"Host(`a_b`)":            "no name of a host",
		"PathPrefix(`x`)":        "no plain path",
		"PathPrefix(`/{id}`)":    "no plain path",
		"Host(`a`) && Host(`b`)": "no request can match",
		strings.Repeat("(", 60):  "too many parentheses",
		strings.Repeat("(Host(`a`)||Host(`b`))&&", 9) + "Host(`a`)": "256 routes",
	} {
		if got, err := ParseRule(rule); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, error %v, want one with %q", rule, got, err, want)
		}
	}
}

func TestARuleOfVersion1SaysWhichHostsAndPathsMatch(t *testing.T) {
	var e Effects
	got, err := ParseRule1("Host: a.b , c.d; PathPrefixStrip:/x", &e)
	want := []Match{{"a.b", "/x", false}, {"c.d", "/x", false}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if diff := cmp.Diff(Effects{StripPrefix: []string{"/x"}}, e); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "Host", "Host:", "Method:GET", "Path:x"} {
		if got, err := ParseRule1(bad, &e); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func FuzzRule(f *testing.F) {
	for _, s := range []string{"Host(`a`) && (PathPrefix(`/b`) || Path(`/c`))", "Host(`a`,`b`)||Host('c')", "Host:a,b;PathPrefix:/x", "((((", "Host(`a`)&&" + strings.Repeat("(Host(`a`)||Host(`b`))&&", 20)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, rule string) {
		var e Effects
		for _, parse := range []func() ([]Match, error){func() ([]Match, error) { return ParseRule(rule) }, func() ([]Match, error) { return ParseRule1(rule, &e) }} {
			got, err := parse()
			if (err == nil) == (len(got) == 0) || len(got) > maxMatches {
				t.Errorf("%q: %d matches, error %v", rule, len(got), err)
			}
		}
		Read(map[string]string{"traefik.frontend.rule": rule, "traefik." + rule: rule, "traefik.http.routers.a.rule": rule, "traefik.http." + rule: "x"})
	})
}
