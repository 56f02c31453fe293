package traefik

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Match is one way in which a request matches: any host if Host is empty, any path if Path is "/".
type Match struct {
	Host  string
	Path  string
	Exact bool // the path itself, not what is below it
}

// maxMatches bounds what a rule may expand to.
const maxMatches = 256

// maxDepth bounds parentheses.
const maxDepth = 50

var errTooMany = errors.New("this rule means more than 256 routes; write it shorter")

// ParseRule reads a rule of version 2 or 3: Host(`a`) && (PathPrefix(`/b`) || Path(`/c`)).
func ParseRule(rule string) ([]Match, error) {
	p := parser{text: rule}
	terms, err := p.either(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.text) {
		return nil, fmt.Errorf("this rule cannot be read from %q on", shorten(p.text[p.at:]))
	}
	return settle(terms)
}

// term is a conjunction before it is settled: which hosts and paths it names.
type term struct {
	hosts []string
	paths []Match
}

func (t term) and(o term) term {
	return term{append(slices.Clone(t.hosts), o.hosts...), append(slices.Clone(t.paths), o.paths...)}
}

// settle turns conjunctions into matches; one that nothing can match is left out.
func settle(terms []term) ([]Match, error) {
	var all []Match
	for _, t := range terms {
		m := Match{Path: "/"}
		possible := true
		for _, h := range t.hosts {
			if m.Host != "" && m.Host != h {
				possible = false
			}
			m.Host = h
		}
		for _, p := range t.paths {
			switch {
			case under(p.Path, m) && !m.Exact:
				m.Path, m.Exact = p.Path, p.Exact
			case !under(m.Path, p):
				possible = false
			}
		}
		if possible && !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no request can match this rule")
	}
	return all, nil
}

func under(path string, m Match) bool {
	if m.Exact {
		return path == m.Path
	}
	return m.Path == "/" || path == m.Path || strings.HasPrefix(path, strings.TrimSuffix(m.Path, "/")+"/")
}

type parser struct {
	text string
	at   int
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) take(s string) bool {
	p.space()
	if strings.HasPrefix(p.text[p.at:], s) {
		p.at += len(s)
		return true
	}
	return false
}

func (p *parser) either(depth int) ([]term, error) {
	left, err := p.both(depth)
	for err == nil && p.take("||") {
		var right []term
		right, err = p.both(depth)
		left = append(left, right...)
		if len(left) > maxMatches {
			err = errTooMany
		}
	}
	return left, err
}

func (p *parser) both(depth int) ([]term, error) {
	left, err := p.one(depth)
	for err == nil && p.take("&&") {
		var right, product []term
		if right, err = p.one(depth); err != nil {
			break
		}
		if len(left)*len(right) > maxMatches {
			return nil, errTooMany
		}
		for _, a := range left {
			for _, b := range right {
				product = append(product, a.and(b))
			}
		}
		left = product
	}
	return left, err
}

func (p *parser) one(depth int) ([]term, error) {
	if depth > maxDepth {
		return nil, errors.New("this rule has too many parentheses")
	}
	if p.take("!") {
		return nil, errors.New("an Ingress cannot say what must not match (!)")
	}
	if p.take("(") {
		inner, err := p.either(depth + 1)
		if err == nil && !p.take(")") {
			err = errors.New("a parenthesis of this rule is not closed")
		}
		return inner, err
	}
	p.space()
	start := p.at
	for p.at < len(p.text) && letter(p.text[p.at]) {
		p.at++
	}
	name := p.text[start:p.at]
	if name == "" || !p.take("(") {
		return nil, fmt.Errorf("this rule cannot be read from %q on", shorten(p.text[start:]))
	}
	args, err := p.arguments()
	if err != nil {
		return nil, err
	}
	return matcher(name, args)
}

func letter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func (p *parser) arguments() ([]string, error) {
	var args []string
	for {
		p.space()
		if p.at >= len(p.text) {
			return nil, errors.New("a parenthesis of this rule is not closed")
		}
		quote := p.text[p.at]
		if quote != '`' && quote != '"' && quote != '\'' {
			return nil, fmt.Errorf("this rule needs a quoted value before %q", shorten(p.text[p.at:]))
		}
		end := strings.IndexByte(p.text[p.at+1:], quote)
		if end < 0 {
			return nil, errors.New("a quoted value of this rule is not closed")
		}
		args = append(args, p.text[p.at+1:p.at+1+end])
		p.at += end + 2
		if p.take(",") {
			continue
		}
		if p.take(")") {
			return args, nil
		}
		if p.space(); p.at >= len(p.text) {
			return nil, errors.New("a parenthesis of this rule is not closed")
		}
		return nil, fmt.Errorf("this rule cannot be read from %q on", shorten(p.text[p.at:]))
	}
}

// matcher makes the alternatives of one function of a rule.
func matcher(name string, args []string) ([]term, error) {
	var terms []term
	for _, a := range args {
		switch strings.ToLower(name) {
		case "host":
			h, err := host(a)
			if err != nil {
				return nil, err
			}
			terms = append(terms, term{hosts: []string{h}})
		case "hostheader":
			return matcher("Host", args)
		case "path", "pathprefix":
			if !strings.HasPrefix(a, "/") || strings.ContainsAny(a, "{}*^$\\ \t\r\n?#") || strings.Contains(a, "//") {
				return nil, fmt.Errorf("%q is no plain path", a)
			}
			terms = append(terms, term{paths: []Match{{Path: a, Exact: strings.EqualFold(name, "path")}}})
		default:
			return nil, fmt.Errorf("an Ingress cannot say %s; Host, Path and PathPrefix it can", name)
		}
	}
	if len(terms) > maxMatches {
		return nil, errTooMany
	}
	return terms, nil
}

// host checks the name of a host; an Ingress has no addresses and no ports there.
func host(name string) (string, error) {
	h := strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
	if _, err := netip.ParseAddr(h); err == nil {
		return "", fmt.Errorf("%q is an address; a route needs a name, or no host at all", name)
	}
	for i, part := range strings.Split(h, ".") {
		if i == 0 && part == "*" && strings.Contains(h, ".") {
			continue
		}
		if part == "" || len(part) > 63 || part[0] == '-' || part[len(part)-1] == '-' ||
			strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", fmt.Errorf("%q is no name of a host", name)
		}
	}
	if len(h) > 253 {
		return "", fmt.Errorf("%q is no name of a host", shorten(name))
	}
	return h, nil
}

func shorten(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
