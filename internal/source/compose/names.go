package compose

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/slipway-sh/slipway/internal/objects"
)

// reserved namespaces belong to the cluster.
var reserved = []string{"default", "kube-system", "kube-public", "kube-node-lease"}

var notLabel = regexp.MustCompile(`[^a-z0-9-]+`)

// label makes a DNS label (RFC 1123, at most 63 characters) of a name; "" if nothing is left.
func label(name string) string {
	l := notLabel.ReplaceAllString(strings.ToLower(name), "-")
	return strings.Trim(l[:min(len(l), 63)], "-")
}

func (c *compiler) nameProject() {
	ns := label(c.project.Name)
	switch {
	case ns == "":
		c.refuse(fmt.Sprintf("%q cannot become a namespace; give the project a name of letters", c.project.Name), "name")
	case slices.Contains(reserved, ns):
		c.refuse(fmt.Sprintf("namespace %s belongs to the cluster; give the project another name", ns), "name")
	case ns != c.project.Name:
		c.info(fmt.Sprintf("project %s lives in namespace %s, because a namespace has no underscores", c.project.Name, ns), "name")
	}
	c.app.Name, c.app.Namespace = ns, ns
}

// nameUnits gives each unit the name of its objects and refuses two that would have the same.
func (c *compiler) nameUnits() {
	taken := map[string]*unit{}
	for _, u := range c.units {
		u.id = label(u.name)
		if u.id != "" && u.id[0] >= '0' && u.id[0] <= '9' { // a Service's name begins with a letter (RFC 1035)
			u.id = label("s-" + u.id)
		}
		if u.id == "" {
			c.refuse("this name has no letter that Kubernetes accepts; rename it", u.base...)
			continue
		}
		if other := taken[u.id]; other != nil {
			c.refuse(fmt.Sprintf("%s and %s (%s) would both be called %s in Kubernetes; rename one", u.name, other.name, c.origin(other.base...), u.id), u.base...)
			continue
		}
		taken[u.id] = u
		if u.id != u.name {
			c.info(fmt.Sprintf("is called %s in Kubernetes, where names have lower-case letters, digits and dashes", u.id), u.base...)
		}
	}
	c.checkRenamed()
}

// checkRenamed warns where another service speaks to a name that no longer exists.
func (c *compiler) checkRenamed() {
	for _, u := range c.units {
		if u.id == u.name {
			continue
		}
		word := regexp.MustCompile(`(^|[^A-Za-z0-9_.-])` + regexp.QuoteMeta(u.name) + `($|[^A-Za-z0-9_.-])`)
		for _, other := range c.units {
			for key, v := range other.svc.Environment {
				if v != nil && word.MatchString(*v) {
					c.warn(fmt.Sprintf("%s is reachable as %s, not as %s; change this value", u.name, u.id, u.name), other.path("environment", key)...)
				}
			}
		}
	}
}

// checkClashes refuses two objects of one kind and name, which would overwrite each other.
func (c *compiler) checkClashes() {
	if len(c.problems) > 0 {
		return // which may be the reason
	}
	seen := map[string]*objects.Object{}
	for _, o := range c.app.Objects {
		if other := seen[o.String()]; other != nil {
			c.problems = append(c.problems, &Problem{o.Origin, fmt.Sprintf("%s would be made twice, also from %s; rename one", o, other.Origin)})
		}
		seen[o.String()] = o
	}
}

// validName says whether a Service may have that name.
func validName(name string) bool { return len(validation.IsDNS1035Label(name)) == 0 }

func indexStep(i int) string { return fmt.Sprintf("[%d]", i) }

func (c *compiler) sortedNotes() []objects.Note {
	notes := slices.Clone(c.notes)
	slices.SortStableFunc(notes, func(a, b objects.Note) int {
		return cmp.Or(cmp.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line),
			cmp.Compare(a.Origin.Path, b.Origin.Path), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(notes)
}
