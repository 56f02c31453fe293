package control

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slipway-sh/slipway/internal/engine/control/scenario"
)

func TestControllersKeepTheirPromises(t *testing.T) {
	for _, s := range scenario.All {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.start(t)
			s.Run(t, newCluster(t, m))
		})
	}
}

func TestControllersKeepTheirPromisesWhenKilledBetweenAnyTwoWrites(t *testing.T) {
	var deaths atomic.Int64
	t.Cleanup(func() {
		if n := deaths.Load(); n < 100 {
			t.Errorf("the controllers were killed only %d times", n)
		}
	})
	for _, s := range scenario.All {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%s/%d", s.Name, seed), func(t *testing.T) {
				t.Parallel()
				m := newMachine(t)
				m.startChaos(t, seed, &deaths)
				s.Run(t, newCluster(t, m))
			})
		}
	}
}

func TestAnIdleMachineWritesNothing(t *testing.T) {
	for _, s := range scenario.All {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.start(t)
			s.Run(t, newCluster(t, m))
			at := m.settle(t)
			time.Sleep(500 * time.Millisecond)
			if v := m.store.Version(); v != at {
				t.Errorf("%d writes while nothing happened", v-at)
			}
		})
	}
}
