package image

import (
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

var (
	// moving are words that name no version: a branch, a stage, a promise.
	moving = []string{"latest", "master", "main", "trunk", "head", "edge", "stable", "dev", "develop", "development", "nightly", "snapshot", "canary", "rolling", "unstable", "next", "current", "lts", "mainline", "staging", "stage", "test", "testing", "prod", "production", "release", "beta", "alpha", "preview", "daily", "weekly", "live"}
	// variants say of what an image is made, and nothing of its version.
	variants = []string{"alpine", "slim", "bullseye", "bookworm", "trixie", "buster", "jammy", "noble", "fpm", "apache", "jdk", "jre", "perl", "management", "otel", "windowsservercore", "nanoserver", "full", "debian", "ubuntu", "scratch", "distroless", "community", "standalone"}
	parts    = regexp.MustCompile(`[-._]+`)
	build    = regexp.MustCompile(`^(?:\d{2,}|g?[0-9a-f]{7,40}|\d{8}t\d+z?)$`) // a number, a commit, a time
	version  = regexp.MustCompile(`^v?\d+(?:\.\d+)+`)
	systems  = []string{"library/debian", "library/ubuntu", "library/buildpack-deps"} // named by their codename
)

func checkTags(p *rule.Pass) {
	each(p, func(c rule.Container, n name) {
		if n.digest {
			return
		}
		switch why := moves(n); {
		case n.tag == "":
			p.Report(c.Workload.Object, c.Path+".image", "container %s: image %s has no tag, so that whatever is \"latest\" is run", c.Name, n.familiar)
		case why != "":
			p.Report(c.Workload.Object, c.Path+".image", "container %s: tag %s of image %s %s", c.Name, n.tag, n.familiar, why)
		}
	})
}

// moves says why a tag does not say which version is meant, "" if it does.
func moves(n name) string {
	tag := strings.ToLower(n.tag)
	if version.MatchString(tag) || tag == "" {
		return ""
	}
	if !slices.Contains(systems, n.path) && onlyVariants(tag) {
		return "names no version"
	}
	list := parts.Split(tag, -1)
	switch {
	case !slices.Contains(moving, list[0]):
		return ""
	case slices.ContainsFunc(list[1:], build.MatchString): // main-3f9ac21 stays
		return ""
	case slices.ContainsFunc(strings.Split(tag, "-"), version.MatchString): // release-1.4.2 too
		return ""
	}
	return "is moved to each new version"
}

func onlyVariants(tag string) bool {
	for _, w := range strings.Split(tag, "-") {
		if !slices.Contains(variants, strings.TrimRight(w, "0123456789.")) {
			return false
		}
	}
	return true
}
