package compose

import (
	"slices"
	"strings"
)

// first are flags that Traefik has had in its first version alone: https://doc.traefik.io/traefik/migrate/v1-to-v2/
var first = []string{"web", "docker", "kubernetes", "acme", "consul", "etcd", "file", "rest", "defaultentrypoints"}

// traefik looks at a proxy whose version, flags and labels must agree.
func (l *linter) traefik(u *unit) {
	if imageName(u.svc.Image) != "traefik" {
		return
	}
	version := tagOf(u.svc.Image)
	if (version == "" || version == "latest") && slices.Contains(l.proxies, u) { // other images are judged as objects
		l.say("compose-proxy-without-tag", u, u.path("image"), "image %s has no version: the next pull brings whatever is newest, with other flags and labels", u.svc.Image)
	}
	for _, arg := range u.svc.Command {
		if a := strings.ToLower(strings.TrimLeft(arg, "-")); a == "loglevel=debug" || a == "log.level=debug" {
			l.say("compose-debug-log", u, u.path("command"), "logs every request in full (%s): the disk fills, and what users send stands in it", arg)
		}
	}
	if strings.HasPrefix(strings.TrimPrefix(version, "v"), "1") || strings.HasPrefix(version, "maroilles") {
		return
	}
	var flags []string
	for _, arg := range u.svc.Command {
		if name, _, _ := strings.Cut(strings.ToLower(strings.TrimLeft(arg, "-")), "="); slices.Contains(first, name) {
			flags = append(flags, arg)
		}
	}
	var labelled []string
	for _, other := range l.units {
		for label := range other.svc.Labels {
			if strings.HasPrefix(label, "traefik.frontend.") || label == "traefik.backend" {
				labelled = append(labelled, other.name)
				break
			}
		}
	}
	slices.Sort(labelled)
	is := "Traefik 3, which the image without a version is"
	if version != "" && version != "latest" {
		is = "Traefik " + strings.TrimPrefix(version, "v")
	}
	switch {
	case len(flags) > 0:
		l.say("compose-old-traefik", u, u.path("command"), "%s are flags of Traefik 1: %s ends at once when it sees them%s", strings.Join(flags, ", "), is, labels(labelled))
	case len(labelled) > 0:
		l.say("compose-old-traefik", u, u.path("image"), "%s does not read the labels of Traefik 1 (traefik.frontend.rule of %s): nothing is routed", is, strings.Join(labelled, ", "))
	}
}

func labels(services []string) string {
	if len(services) == 0 {
		return ""
	}
	return ", and does not read the labels (traefik.frontend.rule) of " + strings.Join(services, ", ")
}

// tagOf is the tag of an image, empty if it has none.
func tagOf(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	name := ref[strings.LastIndexByte(ref, '/')+1:]
	_, tag, _ := strings.Cut(name, ":")
	return strings.ToLower(tag)
}
