package workload_test

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/audit/rules/workload"
	"github.com/slipway-sh/slipway/test/audittest"
)

func TestCases(t *testing.T) { audittest.Cases(t, workload.Rules) }
