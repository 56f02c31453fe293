package storage_test

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/audit/rules/storage"
	"github.com/slipway-sh/slipway/test/audittest"
)

func TestCases(t *testing.T) { audittest.Cases(t, storage.Rules) }
