package tools

import "github.com/slipway-sh/slipway/internal/audit/rule"

const helmCharts = "https://helm.sh/docs/topics/charts/"

// chartRules are about Helm charts.
var chartRules = []*rule.Rule{
	{ID: "chart-broken", Severity: rule.Refused, Title: "A chart cannot be rendered",
		Why:     "Helm installs nothing of a chart that does not load, whose template fails or gives no YAML, or whose values do not fit its schema.",
		Advice:  "correct the template at this line; helm template FOLDER stops at the same mistake; give values that the chart requires with a file of values",
		Sources: []string{"https://helm.sh/docs/chart_template_guide/debugging/"}},
	{ID: "chart-dependency-missing", Severity: rule.Refused, Title: "A dependency of a chart is not in charts/",
		Why:     "Helm refuses to install the chart, even where a condition switches the dependency off. What it would have made was not audited.",
		Advice:  "run helm dependency build first, and audit the result",
		Sources: []string{helmCharts}},
	{ID: "chart-kube-version", Severity: rule.Refused, Title: "A chart does not allow current versions of Kubernetes",
		Why:     "Helm compares kubeVersion in Chart.yaml with the cluster and refuses to install the chart.",
		Advice:  "take a version of the chart for current clusters, or widen kubeVersion once the chart is known to work there",
		Sources: []string{helmCharts}},
	{ID: "chart-hook-unknown", Severity: rule.Broken, Title: "A hook is none that Helm knows",
		Why:     "An object with an unknown helm.sh/hook is taken and never made: Helm leaves it out without a word. crd-install is one since Helm 3.",
		Advice:  "put definitions into crds/, correct the hook's name, or remove the annotation",
		Sources: []string{"https://helm.sh/docs/topics/charts_hooks/"}},
	{ID: "chart-schema-remote", Severity: rule.Risk, Title: "The schema of a chart's values is kept elsewhere in part",
		Why:     "Helm fetches such a reference at every install, which then depends on a foreign server. Slipway fetches nothing: the values were not compared with the schema.",
		Advice:  "put what is referred to into values.schema.json itself",
		Sources: []string{helmCharts}},
}
