package chart

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	v2 "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"

	"github.com/slipway-sh/slipway/internal/objects"
)

var yamlLine = regexp.MustCompile(`line (\d+)`)

// loadError says why a chart cannot be loaded. Helm names the file, if it is one.
func (r *render) loadError(err error) {
	at := r.chartFile(1)
	for _, name := range []string{"values.yaml", "Chart.lock", "requirements.yaml", "requirements.lock"} {
		if strings.Contains(err.Error(), "cannot load "+name) {
			at.File = filepath.Join(r.dir, name)
		}
	}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
	}
	r.problem(RuleBroken, at, "Helm cannot load the chart: %s.", oneLine(err))
}

// checkChart reports for what reasons of Chart.yaml Helm would not install it.
func (r *render) checkChart(c *v2.Chart, caps *common.Capabilities) {
	if want := c.Metadata.KubeVersion; want != "" && !chartutil.IsCompatibleRange(want, caps.KubeVersion.String()) {
		r.problem(RuleKubeVersion, r.chartFile(fieldOf(c, "Chart.yaml", "kubeVersion")),
			"The chart asks for Kubernetes %s, and Helm refuses to install it on %s.", want, caps.KubeVersion.Version)
	}
	if c.Metadata.Type == "library" {
		r.problem(RuleBroken, r.chartFile(fieldOf(c, "Chart.yaml", "type")), "The chart is a library, which Helm does not install.")
	}
}

// checkDependencies reports what the chart asks for and charts/ does not have; Helm installs nothing then, even if a
// condition switches the dependency off.
func (r *render) checkDependencies(c *v2.Chart) {
	there := map[string]bool{}
	for _, d := range c.Dependencies() {
		there[d.Name()] = true
	}
	file := "Chart.yaml"
	for _, f := range c.Raw {
		if f.Name == "requirements.yaml" && fieldOf(c, "Chart.yaml", "dependencies") == 1 {
			file = f.Name
		}
	}
	for i, d := range c.Metadata.Dependencies {
		if d == nil || there[d.Name] {
			continue
		}
		field := fmt.Sprintf("dependencies[%d]", i)
		at := objects.Origin{File: filepath.Join(r.dir, file), Line: fieldOf(c, file, field), Path: field}
		r.problem(RuleDependency, at, "The dependency %s %s is not in charts/.", d.Name, d.Version)
	}
}

// oneLine is an error without line breaks, full stop and the names of Helm's own.
func oneLine(err error) string {
	text := strings.TrimSuffix(strings.Join(strings.Fields(err.Error()), " "), ".")
	if runes := []rune(text); len(runes) > 400 {
		text = string(runes[:400]) + "…"
	}
	return text
}
