package image

import (
	"embed"
	"encoding/csv"
	"strings"
	"sync"
)

//go:embed tables/*.csv
var files embed.FS

// cycle is one line of versions of a product, and when it ended.
type cycle struct {
	text   string
	number numbers // nil for a codename
	end    string  // 2021-11-11; empty if it has not ended and no date is known
	source string
}

func (c cycle) dead() bool { return c.end != "" && c.end <= asOf }

// tables is everything that is known about products, registries and images.
type tables struct {
	products   map[string]string      // of an image's path
	cycles     map[string][]cycle     // of a product
	registries map[string]notice      // of a domain or the beginning of a name
	abandoned  map[string]notice      // of an image, or of all of an owner: docker.io/bitnami/*
	holes      map[string][]exploited // of a product
}

// notice is what became of a registry or an image. A registry without one is alive inside one that is not.
type notice struct{ what, advice, source string }

// exploited is a hole of a product that is known to be used by attackers, and the first versions without it.
type exploited struct {
	cve   string
	fixed []numbers // in each cycle that got a fix, the newest last
	since numbers   // the first version with it, nil for all
}

// load reads the tables, which are part of the program; a mistake in one is a mistake of the program.
var load = sync.OnceValue(func() tables {
	t := tables{map[string]string{}, map[string][]cycle{}, map[string]notice{}, map[string]notice{}, map[string][]exploited{}}
	for _, r := range rows("images") {
		t.products[r[0]] = r[1]
	}
	for _, r := range rows("eol") {
		c := cycle{text: r[1], end: r[2], source: r[3]}
		if v := versionOf(r[1]); v != nil && strings.Trim(r[1], "0123456789.") == "" {
			c.number = v
		}
		t.cycles[r[0]] = append(t.cycles[r[0]], c)
	}
	for _, r := range rows("registries") {
		t.registries[r[0]] = notice{r[1], r[2], r[3]}
	}
	for _, r := range rows("abandoned") {
		t.abandoned[r[0]] = notice{r[1], r[2], r[3]}
	}
	for _, r := range rows("exploited") {
		e := exploited{cve: r[1], since: versionOf(r[2])}
		for _, f := range strings.Fields(r[3]) {
			e.fixed = append(e.fixed, versionOf(f))
		}
		t.holes[r[0]] = append(t.holes[r[0]], e)
	}
	return t
})

func rows(name string) [][]string {
	f, err := files.Open("tables/" + name + ".csv")
	if err != nil {
		panic(err)
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	r.Comment = '#'
	all, err := r.ReadAll()
	if err != nil {
		panic(err)
	}
	return all[1:]
}
