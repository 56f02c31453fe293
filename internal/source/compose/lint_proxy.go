package compose

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// firstFlags are flags that only version 1 of Traefik has, each also with a dot and more after it.
var firstFlags = []string{"web", "docker", "loglevel", "acme", "defaultentrypoints", "kubernetes", "file", "debug", "insecureskipverify", "traefiklogsfile", "accesslogsfile"}

// oldTraefik reports a proxy of version 2 or 3 that is told to be one of version 1.
func (l *linter) oldTraefik(u *unit) {
	if imageName(u.svc.Image) != "traefik" || !afterFirst(u.svc.Image) {
		return
	}
	at := u.path("command")
	var wrong []string
	for _, arg := range u.svc.Command {
		name, _, _ := strings.Cut(strings.ToLower(strings.TrimLeft(arg, "-")), "=")
		if first, _, _ := strings.Cut(name, "."); strings.HasPrefix(arg, "--") && slices.Contains(firstFlags, first) {
			flag, _, _ := strings.Cut(arg, "=")
			wrong = append(wrong, flag)
		}
	}
	var told []string
	if wrong != nil {
		told = append(told, "does not know "+strings.Join(wrong, ", ")+" and so ends as it starts")
	} else {
		at = u.path("image")
	}
	if named := l.firstLabels(); named != nil {
		told = append(told, "passes over labels such as traefik.frontend.rule (of "+strings.Join(named, ", ")+")")
	}
	if told != nil {
		l.report("compose-old-traefik", u, fmt.Sprintf("image %s is Traefik 2 or later, which %s", u.svc.Image, strings.Join(told, ", and ")), at...)
	}
}

// firstLabels names the services whose labels only version 1 reads.
func (l *linter) firstLabels() []string {
	var names []string
	for _, u := range l.everyone() {
		for k := range routeLabels(u) {
			if k = strings.ToLower(k); strings.HasPrefix(k, "traefik.frontend.") || strings.HasPrefix(k, "traefik.backend") {
				names = append(names, u.name)
				break
			}
		}
	}
	return names
}

// afterFirst says that an image of Traefik is of version 2 or later. Words other than latest are not known.
func afterFirst(image string) bool {
	tag := tagOf(image)
	if tag == "" && !strings.Contains(image, "@") || tag == "latest" {
		return true
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(tag, "v"), ".")
	n, err := strconv.Atoi(major)
	return err == nil && n >= 2
}

// tagOf is the tag of an image's name, "" if it has none.
func tagOf(image string) string {
	image, _, _ = strings.Cut(image, "@")
	_, tag, _ := strings.Cut(path.Base(image), ":")
	return tag
}

// debugLog reports a proxy that writes all it does.
func (l *linter) debugLog(u *unit) {
	for _, arg := range u.svc.Command {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimLeft(arg, "-")), "=")
		if (name == "loglevel" || name == "log.level") && value == "debug" || name == "debug" && value != "false" {
			l.report("compose-debug-log", u, arg+" makes the proxy write lines for every request", u.path("command")...)
			return
		}
	}
	for _, k := range sortedKeys(u.svc.Environment) {
		if v := u.svc.Environment[k]; v != nil && strings.HasSuffix(strings.ToUpper(k), "LOG_LEVEL") && strings.EqualFold(*v, "debug") {
			l.report("compose-debug-log", u, k+" makes the proxy write lines for every request", u.path("environment", k)...)
			return
		}
	}
}

// proxyTag reports a proxy whose image's name does not say its version. Of services that are compiled the rule for all
// images says so.
func (l *linter) proxyTag(u *unit) {
	if strings.Contains(u.svc.Image, "@") {
		return
	}
	switch tagOf(u.svc.Image) {
	case "":
		l.report("compose-proxy-without-tag", u, fmt.Sprintf("image %s has no tag, so that whatever is \"latest\" is run", u.svc.Image), u.path("image")...)
	case "latest":
		l.report("compose-proxy-without-tag", u, fmt.Sprintf("image %s is whatever is \"latest\"", u.svc.Image), u.path("image")...)
	}
}
