package config_test

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/audit/rules/config"
	"github.com/slipway-sh/slipway/test/audittest"
)

func TestCases(t *testing.T) { audittest.Cases(t, config.Rules) }
