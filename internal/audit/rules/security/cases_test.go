package security_test

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/audit/rules/security"
	"github.com/slipway-sh/slipway/test/audittest"
)

func TestCases(t *testing.T) { audittest.Cases(t, security.Rules) }
