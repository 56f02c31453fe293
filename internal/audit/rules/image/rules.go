package image

import (
	"embed"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

// Cases are the files that test the rules, one each.
//
//go:embed cases/*.txtar
var Cases embed.FS

// Rules are the rules of this room.
var Rules = []*rule.Rule{
	{ID: "mutable-tag", Severity: rule.Risk, Title: "An image's name does not say which version runs",
		Why:     "A pod that moves to another node may run other code than its siblings, and there is no going back to what worked yesterday.",
		Advice:  "name the version, or better the digest, that was tested",
		Sources: []string{"https://kubernetes.io/docs/concepts/containers/images/#image-names", "https://kubernetes.io/docs/concepts/configuration/overview/"}, Check: checkTags},
	{ID: "end-of-life", Severity: rule.Risk, Title: "A program gets no more security fixes",
		Why:     "Holes that become known from then on stay open for good, and everybody can read how to use them.",
		Advice:  "move to a version that is maintained, with a backup and the vendor's notes on the upgrade",
		Sources: []string{"https://endoflife.date"}, Check: checkEndOfLife},
	{ID: "dead-registry", Severity: rule.Risk, Title: "An image comes from a registry that was given up", Fixes: true,
		Why:     "It runs where it is cached. The first new node, at the worst hour, cannot pull it, or pulls what was frozen years ago.",
		Advice:  "copy the image to a registry that is kept, and name it there",
		Sources: []string{"https://docs.cloud.google.com/artifact-registry/docs/transition/gcr-repositories", "https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/"}, Check: checkRegistries},
	{ID: "abandoned-image", Severity: rule.Risk, Title: "An image gets no new versions under this name",
		Why:     "Fixes are published under another name, or not at all, and nothing says so when the old one is pulled.",
		Advice:  "use the image's successor",
		Sources: []string{"https://docs.docker.com/docker-hub/repos/manage/trusted-content/official-images/"}, Check: checkAbandoned},
}
