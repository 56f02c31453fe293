package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
)

var (
	javaOptions = regexp.MustCompile(`(?i)^((.*_)?(JAVA|JVM|JDK|CATALINA|HEAP|SBT|MAVEN|GRADLE)(_.*)?_?(OPTS|OPTIONS|ARGS)|_JAVA_OPTIONS|CATALINA_OPTS)$`)
	xms         = regexp.MustCompile(`(?:^|\s)-Xms(\d+)([kKmMgGtT]?)\b`)
	xmx         = regexp.MustCompile(`(?:^|\s)-Xmx(\d+)([kKmMgGtT]?)\b`)
	oldSpace    = regexp.MustCompile(`--max[-_]old[-_]space[-_]size[= ](\d+)\b`)
	goLimit     = regexp.MustCompile(`^(\d+)(B|KiB|MiB|GiB|TiB)?$`)
	plainSize   = regexp.MustCompile(`^(\d+)([kKmMgGtT]?)$`)
)

// heap is a size that a container's program is told.
type heap struct {
	bytes int64
	said  string // JVM_MINIMUM_MEMORY=1024m
}

// heapOverMemory compares the memory that a program is told to take with what its container gets.
func heapOverMemory(p *rule.Pass) {
	p.Containers(func(c rule.Container) {
		least, most, soft := heaps(p, c)
		request, limit := memory(c.Container)
		var wrong []string
		field := c.Path + ".resources.requests.memory"
		if least.bytes > 0 && !request.IsZero() && request.Value() < least.bytes {
			wrong = append(wrong, fmt.Sprintf("its memory request %s is below the heap that it takes at once (%s)", request.String(), least.said))
		}
		if most.bytes > 0 && !limit.IsZero() && limit.Value() <= most.bytes || soft.bytes > 0 && !limit.IsZero() && limit.Value() < soft.bytes {
			said := most.said
			if said == "" {
				said = soft.said
			}
			if len(wrong) == 0 {
				field = c.Path + ".resources.limits.memory"
			}
			wrong = append(wrong, fmt.Sprintf("its memory limit %s has no room for the heap that it may take (%s)", limit.String(), said))
		}
		if len(wrong) > 0 {
			p.Report(c.Workload.Object, field, "container %s: %s", c.Name, strings.Join(wrong, ", and "))
		}
	})
}

// memory is what a container asks for, and what it may have at most.
func memory(c *corev1.Container) (request, limit resource.Quantity) {
	request, limit = c.Resources.Requests[corev1.ResourceMemory], c.Resources.Limits[corev1.ResourceMemory]
	if request.IsZero() {
		request = limit
	}
	return request, limit
}

// heaps reads the heap from the start, the largest heap, and Go's soft limit.
func heaps(p *rule.Pass, c rule.Container) (least, most, soft heap) {
	read := func(name, text string) {
		if m := last(xms, text); m != nil {
			least = heap{size(m[1], m[2]), name + strings.TrimSpace(m[0])}
		}
		if m := last(xmx, text); m != nil {
			most = heap{size(m[1], m[2]), name + strings.TrimSpace(m[0])}
		}
		if m := last(oldSpace, text); m != nil {
			most = heap{size(m[1], "m"), name + strings.TrimSpace(m[0])}
		}
	}
	for _, v := range known.Env(p.Graph, c.Workload, c.Container, c.Path) {
		if !v.Known {
			continue
		}
		switch m := plainSize.FindStringSubmatch(v.Value); {
		case v.Name == "JVM_MINIMUM_MEMORY" && m != nil:
			least = heap{size(m[1], m[2]), v.Name + "=" + v.Value}
		case v.Name == "JVM_MAXIMUM_MEMORY" && m != nil:
			most = heap{size(m[1], m[2]), v.Name + "=" + v.Value}
		case v.Name == "GOMEMLIMIT":
			if g := goLimit.FindStringSubmatch(v.Value); g != nil {
				soft = heap{size(g[1], strings.TrimRight(g[2], "iB")), v.Name + "=" + v.Value}
			}
		case javaOptions.MatchString(v.Name), v.Name == "NODE_OPTIONS":
			read(v.Name+": ", v.Value)
		}
	}
	read("", strings.Join(append(append([]string{}, c.Command...), c.Args...), " "))
	return least, most, soft
}

func last(r *regexp.Regexp, text string) []string {
	all := r.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// size reads a number with the unit that Java and Go write, all powers of 1024; 0 if it is too large to be one.
func size(number, unit string) int64 {
	n, err := strconv.ParseInt(number, 10, 64)
	shift := map[string]int{"": 0, "k": 10, "m": 20, "g": 30, "t": 40}[strings.ToLower(unit)]
	if err != nil || n > (1<<62)>>shift {
		return 0
	}
	return n << shift
}
