package compose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// keeps are folders by whose names one sees that what is in them is to stay, and passing those where it is not.
var (
	keeps   = regexp.MustCompile(`(?i)^/var/lib/|/(data|database|db|uploads?|storage|media|files|attachments|backups?|documents)/?$`)
	passing = regexp.MustCompile(`(?i)/(\.?caches?|te?mp|run|locks?|node_modules)(/|$)`)
)

// anonymousVolumes reports data in volumes without a name. Those that keep a folder of the image free of what is mounted
// around it are meant so, and databases have a rule of their own.
func (l *linter) anonymousVolumes(u *unit) {
	if u.known != nil && u.known.data != "" {
		return
	}
	var lost, first []string
	for _, m := range u.mounts {
		within := func(o mount) bool { return o.Target != m.Target && covers(o.Target, m.Target) }
		if m.Type != types.VolumeTypeVolume || m.Source != "" || !keeps.MatchString(m.Target) || passing.MatchString(m.Target) || slices.ContainsFunc(u.mounts, within) {
			continue
		}
		lost, first = append(lost, m.Target), orPath(first, m.path)
	}
	if lost != nil {
		l.report("compose-anonymous-volume", u, fmt.Sprintf("what it keeps in %s is in a volume without a name", strings.Join(lost, ", ")), first...)
	}
}
