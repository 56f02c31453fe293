package engine

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/node"
)

// nodeName is what the node is called: as it always was, since pods are bound to that name and a machine's host name
// may change between two starts; at the first start as the machine, in the letters that a Node may have.
func nodeName(s *store.Store, host string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' {
			return r
		}
		return '-'
	}, strings.ToLower(host)), "-.")
	if name == "" {
		name = "localhost"
	}
	kept := name
	for _, n := range store.List[*corev1.Node](s, "", nil) {
		if n.Name == name {
			return name
		}
		if strings.HasPrefix(n.Status.NodeInfo.ContainerRuntimeVersion, node.Runtime) {
			kept = n.Name
		}
	}
	return kept
}
