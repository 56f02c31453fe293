package control

import (
	"github.com/slipway-sh/slipway/internal/engine/control/autoscaler"
	"github.com/slipway-sh/slipway/internal/engine/control/cronjob"
	"github.com/slipway-sh/slipway/internal/engine/control/deployment"
	"github.com/slipway-sh/slipway/internal/engine/control/disruption"
	"github.com/slipway-sh/slipway/internal/engine/control/endpoints"
	"github.com/slipway-sh/slipway/internal/engine/control/garbage"
	"github.com/slipway-sh/slipway/internal/engine/control/job"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/namespace"
	"github.com/slipway-sh/slipway/internal/engine/control/replicaset"
	"github.com/slipway-sh/slipway/internal/engine/control/scheduler"
	"github.com/slipway-sh/slipway/internal/engine/control/statefulset"
	"github.com/slipway-sh/slipway/internal/engine/control/volume"
)

// controllers makes all of them; volumes is the directory of the local volumes.
func controllers(env *loop.Env, volumes string, metrics autoscaler.Metrics) []loop.Runner {
	return append(volume.New(env, volumes),
		endpoints.New(env),
		scheduler.New(env),
		replicaset.New(env),
		deployment.New(env),
		statefulset.New(env),
		job.New(env),
		cronjob.New(env),
		autoscaler.New(env, metrics),
		disruption.New(env),
		namespace.New(env),
		garbage.New(env),
		garbage.NewPods(env),
	)
}
