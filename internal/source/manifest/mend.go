package manifest

import "github.com/slipway-sh/slipway/internal/objects"

func mend(_ string, _ int, text []byte) ([]byte, []objects.Problem, bool) { return text, nil, true }
