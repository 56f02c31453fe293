package mend

import (
	"context"
	"fmt"

	"github.com/slipway-sh/slipway/internal/audit"
	"github.com/slipway-sh/slipway/internal/source"
)

// Audit reads everything that the paths hold and judges it. Ignores that fit nothing are said.
func Audit(ctx context.Context, paths []string, opts source.Options, ignores []audit.Ignore) ([]*audit.Finding, error) {
	apps, err := source.Read(ctx, paths, opts)
	if err != nil {
		return nil, err
	}
	var all []*audit.Finding
	for _, app := range apps {
		all = append(all, audit.Run(app, ignores)...)
	}
	all = append(all, unused(all, ignores)...)
	audit.Sort(all)
	return all, nil
}

// unused says of ignores that they have nothing to ignore: what they were for is mended, or their words are off.
func unused(all []*audit.Finding, ignores []audit.Ignore) []*audit.Finding {
	var wrong []*audit.Finding
	for _, i := range ignores {
		used := false
		for _, f := range all {
			used = used || i.Covers(f)
		}
		if !used {
			f := &audit.Finding{Rule: audit.Find("ignored-wrongly"), Origin: i.Origin, Field: i.Rule, Message: fmt.Sprintf("nothing is found that this leaves out (rule %s)", i.Rule)}
			f.Settle()
			wrong = append(wrong, f)
		}
	}
	return wrong
}
