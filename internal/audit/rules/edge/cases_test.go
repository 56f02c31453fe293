package edge_test

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/audit/rules/edge"
	"github.com/slipway-sh/slipway/test/audittest"
)

func TestCases(t *testing.T) { audittest.Cases(t, edge.Rules) }
