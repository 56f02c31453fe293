package upgrade

import (
	"fmt"
	"regexp"
	"strings"
)

// matchers brings the rules of Traefik's routes to the language of version 3.
func matchers(p *plan) {
	for _, r := range p.spec().items("routes") {
		old := r.text("match")
		rule, unsure := ruleOf3(old)
		if r.has("syntax") {
			continue // says itself which language it is in
		}
		if rule != old {
			p.say(fmt.Sprintf("%s is in the rule language of Traefik 3, where a matcher takes one value", r.path("match")), r.set("match", rule))
		}
		if unsure != "" {
			p.note(r.path("match"), fmt.Sprintf("%s: %s takes a regular expression of Go in Traefik 3, without {name:…}; write it anew or give the route syntax: v2",
				r.path("match"), unsure))
		}
	}
}

// matcher is a name and its values in quotes.
var matcher = regexp.MustCompile("([A-Za-z]+)\\(\\s*((?:`[^`]*`|\"(?:[^\"\\\\]|\\\\.)*\")(?:\\s*,\\s*(?:`[^`]*`|\"(?:[^\"\\\\]|\\\\.)*\"))*)\\s*\\)")

var quoted = regexp.MustCompile("`[^`]*`|\"(?:[^\"\\\\]|\\\\.)*\"")

// pairs are the matchers of a name and a value.
var pairs = map[string]string{"Headers": "Header", "HeadersRegexp": "HeaderRegexp", "Header": "Header", "HeaderRegexp": "HeaderRegexp"}

// ruleOf3 writes a rule of Traefik 2 for Traefik 3, and names a matcher about which one cannot be sure.
func ruleOf3(rule string) (after, unsure string) {
	after = matcher.ReplaceAllStringFunc(rule, func(m string) string {
		parts := matcher.FindStringSubmatch(m)
		name, values := parts[1], quoted.FindAllString(parts[2], -1)
		if to, ok := pairs[name]; ok {
			return to + strings.TrimPrefix(m, name)
		}
		if name == "Query" && len(values) == 2 && !strings.Contains(parts[2], "=") {
			return m // a key and its value, as it is now
		}
		if strings.ContainsAny(parts[2], "{}") && name != "Query" {
			unsure = name
			if name == "HostRegexp" || name == "HostSNIRegexp" {
				return m
			}
		}
		var each []string
		for _, v := range values {
			switch name {
			case "HostHeader":
				each = append(each, "Host("+v+")")
			case "Query":
				each = append(each, "Query("+queryOf3(v)+")")
			default:
				each = append(each, name+"("+v+")")
			}
		}
		switch {
		case len(each) == 1 && each[0] == name+"("+values[0]+")":
			return m
		case len(each) == 1:
			return each[0]
		case name == "Query":
			return "(" + strings.Join(each, " && ") + ")" // as version 2 had it
		}
		return "(" + strings.Join(each, " || ") + ")"
	})
	return after, unsure
}

// queryOf3 makes two values of `key=value`.
func queryOf3(v string) string {
	quote := v[:1]
	key, value, ok := strings.Cut(strings.Trim(v, quote), "=")
	if !ok {
		return v
	}
	return quote + key + quote + ", " + quote + value + quote
}
