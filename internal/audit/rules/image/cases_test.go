package image_test

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/audit/rules/image"
	"github.com/slipway-sh/slipway/test/audittest"
)

func TestCases(t *testing.T) { audittest.Cases(t, image.Rules) }
