package workload

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

const (
	scrapeDoc  = "https://prometheus.io/docs/prometheus/latest/configuration/configuration/#pod"
	scrapeKey  = "prometheus.io/scrape"
	scrapePort = "prometheus.io/port"
)

var scraping = []*rule.Rule{
	{ID: "scrape-without-port", Severity: rule.Risk, Title: "Prometheus is told to scrape a pod, and not on which port",
		Why:     "It asks on every port that the pod declares, or on port 80 if it declares none: targets that are down for ever hide the one that is down today.",
		Advice:  "add the annotation prometheus.io/port to the pod template",
		Sources: []string{scrapeDoc}, Check: scrapeWithoutPort},
	{ID: "scrape-port-not-opened", Severity: rule.Broken, Title: "Prometheus is told to scrape a port that no container opens",
		Why:     "There are no metrics, and no alert that depends on them ever fires.",
		Advice:  "correct prometheus.io/port to the number of a port that a container opens",
		Sources: []string{scrapeDoc}, Check: scrapePortNotOpened},
}

// scraped visits the workloads whose pods say that they want to be scraped.
func scraped(p *rule.Pass, visit func(w *objects.Workload, at string, notes map[string]string)) {
	for _, w := range p.Workloads() {
		notes, at := w.Meta().GetAnnotations(), "metadata.annotations"
		if t, path := objects.Template(w.Object.Object); t != nil {
			notes, at = t.Annotations, path+"."+at
		} else if w.Kind() != "Pod" {
			continue
		}
		if notes[scrapeKey] == "true" {
			visit(w, at, notes)
		}
	}
}

func scrapeWithoutPort(p *rule.Pass) {
	scraped(p, func(w *objects.Workload, at string, notes map[string]string) {
		if notes[scrapePort] != "" {
			return
		}
		var ports []string
		for i := range w.Pod.Containers {
			for _, d := range w.Pod.Containers[i].Ports {
				ports = append(ports, fmt.Sprint(d.ContainerPort))
			}
		}
		if len(ports) == 1 {
			return // there is only one to ask
		}
		what := "it declares no port"
		if ports != nil {
			what = "it declares " + joined(ports)
		}
		p.Report(w.Object, at+"["+scrapeKey+"]", "is to be scraped without prometheus.io/port, and %s", what)
	})
}

func scrapePortNotOpened(p *rule.Pass) {
	scraped(p, func(w *objects.Workload, at string, notes map[string]string) {
		text := strings.TrimSpace(notes[scrapePort])
		if text == "" {
			return
		}
		at += "[" + scrapePort + "]"
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			p.Report(w.Object, at, "is to be scraped on port %q, which is not a number", text)
			return
		}
		declares := false
		port := corev1.ContainerPort{ContainerPort: int32(n)}
		for i := range w.Pod.Containers {
			c := rule.Container{Container: &w.Pod.Containers[i], Path: fmt.Sprintf("%s.containers[%d]", w.Path, i), Workload: w}
			declares = declares || len(c.Ports) > 0
			if len(c.Ports) == 0 || opens(p, c, intstr.FromInt32(port.ContainerPort)) {
				return
			}
		}
		if declares {
			p.Report(w.Object, at, "is to be scraped on port %d, which none of its containers opens", n)
		}
	})
}
