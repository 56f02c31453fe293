package terraform

import "testing"

func TestConstraintsKeepVersionsOut(t *testing.T) {
	for _, c := range []struct {
		constraint string
		from       version
		out        bool
	}{
		{"~> 2.20", version{3, 0}, true},
		{"~> 3.70.0", version{3, 71}, true},
		{"~> 3.70", version{3, 71}, false},
		{"~> 3", version{4, 0}, false},
		{"< 3.0", version{3, 0}, true},
		{"< 3.0.1", version{3, 0}, false},
		{"<= 3.0", version{3, 0}, false},
		{">= 2.0, < 3", version{3, 0}, true},
		{">= 2.0", version{3, 0}, false},
		{"= 2.9.1", version{3, 0}, true},
		{"2.9", version{2, 9}, false},
		{"!= 2.9", version{3, 0}, false},
		{"", version{3, 0}, false},
		{"latest", version{3, 0}, false},
	} {
		if before(c.constraint, c.from) != c.out {
			t.Errorf("%q keeps %s out: %v", c.constraint, c.from, !c.out)
		}
	}
}
