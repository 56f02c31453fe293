package reading_test

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/audit/rules/reading"
	"github.com/slipway-sh/slipway/test/audittest"
)

func TestCases(t *testing.T) { audittest.Cases(t, reading.Rules) }
