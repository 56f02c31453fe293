package tools

import (
	"embed"
	"slices"
)

// Cases are the files that test the rules, one each.
//
//go:embed cases/*.txtar
var Cases embed.FS

// Rules are the rules of this room.
var Rules = slices.Concat(scriptRules, terraformRules, terraformClusterRules, terraformDataRules, kustomizeRules, chartRules)
