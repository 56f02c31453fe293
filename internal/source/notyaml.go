package source

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/source/compose"
	"github.com/slipway-sh/slipway/internal/source/manifest/repair"
)

// diagnose says of a Compose file that is not YAML what is said of a manifest: where, why, and how it is mended.
func (o *Options) diagnose(app *objects.Application) {
	var all []objects.Problem
	for _, p := range app.Problems {
		better := o.notYAML(p)
		if len(better) == 0 {
			better = []objects.Problem{p}
		}
		all = append(all, better...)
	}
	app.Problems = all
}

func (o *Options) notYAML(p objects.Problem) []objects.Problem {
	if p.Rule != compose.RuleRefused || p.Origin.Path != "" || !strings.HasPrefix(p.Text, "not YAML: ") {
		return nil
	}
	text, err := o.read(p.Origin.File)
	if err != nil || yaml.Unmarshal(text, &yaml.Node{}) == nil { // it is of YAML's form, and refused for what it says
		return nil
	}
	_, problems, _ := repair.Document(p.Origin.File, 1, text)
	for i := range problems {
		problems[i].Mended = false // Compose files are read as they are
	}
	return problems
}
