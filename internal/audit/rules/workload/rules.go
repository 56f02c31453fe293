package workload

import (
	"embed"
	"slices"
)

// Cases are the files that test the rules, one each.
//
//go:embed cases/*.txtar
var Cases embed.FS

const docs = "https://kubernetes.io/docs/"

// Rules are the rules of this room.
var Rules = slices.Concat(autoscaling, replicas, budgets, updates, stopping, probes, probePorts, limits, jobs, sidecars, templates, scraping, deprecated)
