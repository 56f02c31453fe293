package compose

import (
	"regexp"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	units "github.com/docker/go-units"
	"k8s.io/apimachinery/pkg/api/resource"
)

var kubernetesSize = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|Pi)$`)

// size reads 64m, 1g, 10Gi or a number of bytes; nil if it is none of these.
func size(s string) *resource.Quantity {
	s = strings.TrimSpace(s)
	if kubernetesSize.MatchString(s) {
		if q, err := resource.ParseQuantity(s); err == nil {
			return &q
		}
		return nil
	}
	n, err := units.RAMInBytes(s)
	if err != nil || n <= 0 {
		return nil
	}
	return bytesOf(types.UnitBytes(n))
}

// bytesOf writes a number of bytes as people do: 64Mi, not 67108864.
func bytesOf(n types.UnitBytes) *resource.Quantity {
	return resource.NewQuantity(int64(n), resource.BinarySI)
}

// cpus turns a number of CPUs into milli-CPUs, one at least.
func cpus(n float64) *resource.Quantity {
	milli := int64(n*1000 + 0.5)
	return resource.NewMilliQuantity(max(milli, 1), resource.DecimalSI)
}
