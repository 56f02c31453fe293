package network_test

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/audit/rules/network"
	"github.com/slipway-sh/slipway/test/audittest"
)

func TestCases(t *testing.T) { audittest.Cases(t, network.Rules) }
