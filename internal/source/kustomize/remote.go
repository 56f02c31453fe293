package kustomize

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/slipway-sh/slipway/internal/source/rendered"
)

var user = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]*@`)

// remote tells whether Kustomize would fetch this, over HTTP or with git. It says yes once too often rather than too
// seldom.
func remote(path string) bool {
	low := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(path)), "git::")
	if u, err := url.Parse(path); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		return true
	}
	return low != strings.ToLower(strings.TrimSpace(path)) ||
		strings.Contains(low, "://") || user.MatchString(low) ||
		strings.HasPrefix(low, "github.com/") || strings.HasPrefix(low, "github.com:")
}

// loading are the keys of a built-in plugin's configuration whose values Kustomize loads.
var loading = []string{"path", "paths", "files", "envs", "env", "valuesfile", "additionalvaluesfiles"}

// remoteIn looks for what would be fetched in the configuration of plugins.
func remoteIn(text []byte) (value string, line int) {
	for _, p := range rendered.Parse("", text).Parts {
		if n := fetched(p.Node, "", map[*yaml.Node]bool{}); n != nil {
			return n.Value, n.Line
		}
	}
	return "", 0
}

func fetched(n *yaml.Node, key string, seen map[*yaml.Node]bool) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		if slices.Contains(loading, strings.ToLower(key)) && remote(source(n.Value)) {
			return n
		}
		return nil
	}
	if seen[n] {
		return nil
	}
	seen[n] = true
	for i, c := range n.Content {
		k := key
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			k = n.Content[i-1].Value
		}
		if found := fetched(c, k, seen); found != nil {
			return found
		}
	}
	return nil
}

// source is the path in an entry of files, which may say "key=path".
func source(entry string) string {
	if _, path, ok := strings.Cut(entry, "="); ok && !strings.Contains(entry, "?") {
		return path
	}
	return entry
}
