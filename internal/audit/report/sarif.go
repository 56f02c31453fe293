package report

import (
	"io"
	"path/filepath"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/audit/rule"
)

var levels = map[rule.Severity]string{rule.Refused: "error", rule.Broken: "error", rule.Risk: "warning"}

// SARIF writes the findings as OASIS SARIF 2.1.0, which code hosts show beside the lines.
func SARIF(w io.Writer, all []*audit.Finding) error {
	run := sarif.NewRunWithInformationURI("slipway", "https://github.com/slipway-sh/slipway")
	for _, f := range all {
		descriptor := run.AddRule(f.Rule.ID)
		descriptor.WithShortDescription(sarif.NewMultiformatMessageString().WithText(f.Rule.Title)).
			WithFullDescription(sarif.NewMultiformatMessageString().WithText(f.Rule.Why)).
			WithHelp(sarif.NewMultiformatMessageString().WithText(f.Rule.Advice))
		if len(f.Rule.Sources) > 0 {
			descriptor.WithHelpURI(f.Rule.Sources[0])
		}
		text := f.Message
		if f.Object != "" {
			text = f.Object + ": " + text
		}
		if f.Advice != "" {
			text += ". " + f.Advice
		}
		result := run.CreateResultForRule(f.Rule.ID)
		result.WithLevel(levels[f.Severity()]).WithMessage(sarif.NewTextMessage(text))
		if f.Origin.File != "" {
			place := sarif.NewPhysicalLocation().
				WithArtifactLocation(sarif.NewSimpleArtifactLocation(filepath.ToSlash(f.Origin.File))).
				WithRegion(sarif.NewRegion().WithStartLine(max(1, f.Origin.Line)))
			result.AddLocation(sarif.NewLocationWithPhysicalLocation(place))
		}
		if f.Ignored != "" {
			result.AddSuppression(sarif.NewSuppression().WithKind("inSource").WithJustification(f.Ignored))
		}
	}
	r := sarif.NewReport()
	r.AddRun(run)
	return r.PrettyWrite(w)
}
