package compose

import (
	"fmt"
	"slices"
	"strings"
)

// proxies are images whose one job is to route HTTP to containers by their labels or environment.
var proxies = map[string]string{
	"traefik":            "Traefik",
	"nginx-proxy":        "nginx-proxy",
	"caddy-docker-proxy": "Caddy",
	"docker-gen":         "docker-gen",
}

// sockets are how a container would command the container engine of its machine.
var sockets = []string{
	"/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/var/run/containerd/containerd.sock",
	"/run/podman/podman.sock", "/var/run/podman/podman.sock", "/run/crio/crio.sock", "/var/run/crio/crio.sock",
}

// findProxies leaves out what the gateway does instead.
func (c *compiler) findProxies() {
	c.units = slices.DeleteFunc(c.units, func(u *unit) bool {
		name, ok := proxies[imageName(u.svc.Image)]
		if !ok || !followsDocker(u) {
			return false
		}
		what := ""
		if len(u.svc.Ports) > 0 {
			var ports []string
			for _, p := range u.svc.Ports {
				ports = append(ports, p.Published)
			}
			what = "; its ports (" + strings.Join(ports, ", ") + ") are not published, the gateway has its own"
		}
		c.info(fmt.Sprintf("%s that follows Docker's labels is what the gateway does: it is left out, and its routes become Ingresses%s", name, what), u.base...)
		c.proxies = append(c.proxies, u)
		delete(c.byName, u.name)
		return true
	})
}

// followsDocker tells a proxy that finds its routes on containers from one that has them in a file of its own.
func followsDocker(u *unit) bool {
	if slices.ContainsFunc(u.mounts, func(m mount) bool { return slices.Contains(sockets, m.Source) }) {
		return true
	}
	for _, arg := range u.svc.Command {
		if a := strings.TrimLeft(arg, "-"); a == "docker" || strings.HasPrefix(a, "docker=true") || strings.HasPrefix(a, "providers.docker") || strings.HasPrefix(a, "docker.") {
			return true
		}
	}
	return false
}
