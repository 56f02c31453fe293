package compose

import (
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// addBuilds lists the images that are made here.
func (c *compiler) addBuilds() {
	for _, u := range c.units {
		b := u.svc.Build
		if b == nil {
			continue
		}
		build := objects.Build{
			Ref: u.svc.Image, Context: b.Context, Dockerfile: b.Dockerfile, Target: b.Target, Labels: b.Labels,
			Args: map[string]string{}, Origin: c.origin(u.path("build")...),
		}
		if build.Ref == "" {
			build.Ref = c.localImage(u)
		}
		if build.Dockerfile == "Dockerfile" && c.places.Root.Find(u.path("build", "dockerfile")...) == nil {
			build.Dockerfile = "" // compose-go's default; the builder may do without
		}
		if strings.Contains(b.Context, "://") || strings.HasPrefix(b.Context, "git@") {
			c.refuse("is not on this machine; clone it and name the folder", u.path("build", "context")...)
		}
		for _, k := range sortedKeys(b.Args) {
			if v := b.Args[k]; v != nil {
				build.Args[k] = *v
			}
		}
		c.app.Builds = append(c.app.Builds, build)
	}
}
