package compose_test

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/audit/rules/compose"
	"github.com/slipway-sh/slipway/test/audittest"
)

func TestCases(t *testing.T) { audittest.Cases(t, compose.Rules) }
