package reading

import "github.com/slipway-sh/slipway/internal/audit/rule"

// toolRules are about files that a tool makes objects of.
var toolRules = []*rule.Rule{}
