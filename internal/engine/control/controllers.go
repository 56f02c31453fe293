package control

import (
	"github.com/slipway-sh/slipway/internal/engine/control/deployment"
	"github.com/slipway-sh/slipway/internal/engine/control/endpoints"
	"github.com/slipway-sh/slipway/internal/engine/control/garbage"
	"github.com/slipway-sh/slipway/internal/engine/control/job"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/namespace"
	"github.com/slipway-sh/slipway/internal/engine/control/replicaset"
	"github.com/slipway-sh/slipway/internal/engine/control/scheduler"
	"github.com/slipway-sh/slipway/internal/engine/control/volume"
)

// controllers makes all of them; volumes is the directory of the local volumes.
func controllers(env *loop.Env, volumes string) []loop.Runner {
	return append(volume.New(env, volumes),
		endpoints.New(env), // first what traffic waits for
		scheduler.New(env),
		replicaset.New(env),
		deployment.New(env),
		job.New(env),
		namespace.New(env),
		garbage.New(env),
		garbage.NewPods(env),
	)
}
