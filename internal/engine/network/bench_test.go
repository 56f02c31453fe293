package network

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/slipway-sh/slipway/internal/engine/network/rules"
)

// BenchmarkAttach is the time until a pod has its namespace.
func BenchmarkAttach(b *testing.B) {
	h := newHost(b)
	var spent []time.Duration
	for i := 0; b.Loop(); i++ {
		pod := h.create(newPod("bench", fmt.Sprint("pod-", i)))
		begin := time.Now()
		if _, err := h.net.Attach(context.Background(), pod); err != nil {
			b.Fatal(err)
		}
		spent = append(spent, time.Since(begin))
		h.settle()
	}
	slices.Sort(spent)
	b.ReportMetric(float64(spent[len(spent)/2].Microseconds())/1000, "ms/attach")
	b.ReportMetric(float64(spent[len(spent)*9/10].Microseconds())/1000, "ms/p90")
}

// BenchmarkCommit is the time from a change in the store of 200 Services with 1000 endpoints until it is in force.
func BenchmarkCommit(b *testing.B) {
	h := newHost(b)
	h.manyServices(200, 5)
	slice := h.slices("many", "svc-7")[0]
	h.halt() // commits are made here, one for each change
	var look, compute, commit time.Duration
	for b.Loop() {
		slice = slice.DeepCopy()
		slice.Endpoints[0], slice.Endpoints[1] = slice.Endpoints[1], slice.Endpoints[0]
		ready := !*slice.Endpoints[2].Conditions.Ready
		slice.Endpoints[2].Conditions.Ready = &ready
		slice = h.update(slice)
		begin := time.Now()
		w := h.net.look()
		looked := time.Now()
		table, _ := w.table(h.net.name)
		computed := time.Now()
		if err := h.net.kernel.Commit(table); err != nil {
			b.Fatal(err)
		}
		look += looked.Sub(begin)
		compute += computed.Sub(looked)
		commit += time.Since(computed)
	}
	each := func(d time.Duration, unit string) { b.ReportMetric(float64(d.Microseconds())/float64(b.N)/1000, unit) }
	each(look, "ms/look")
	each(compute, "ms/compute")
	each(commit, "ms/commit")
	h.net.kernel = rules.Open(h.net.name)
	w := h.net.look()
	table, _ := w.table(h.net.name)
	begin := time.Now()
	if err := h.net.kernel.Commit(table); err != nil {
		b.Fatal(err)
	}
	each(time.Since(begin)*time.Duration(b.N), "ms/replace")
}
