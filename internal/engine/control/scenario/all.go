package scenario

import "testing"

// Scenario is one promise.
type Scenario struct {
	Name string
	Run  func(*testing.T, Cluster)
}

// All is every scenario.
var All = []Scenario{
	{"a rolling update keeps to maxSurge and maxUnavailable", RollingUpdate},
	{"a rollback brings the old ReplicaSet back", Undo},
	{"a bad update leaves the old version serving", BadUpdate},
	{"Recreate never mixes two templates", Recreate},
	{"a paused Deployment scales but does not roll", PauseAndScale},
	{"a Deployment scales in proportion", ScalesInProportion},
	{"a deleted pod is replaced", SelfHealing},
	{"a Job completes with exact counts", JobCompletes},
	{"every index of an indexed Job succeeds once", JobIsIndexed},
	{"a failing Job gives up at its limit", JobGivesUp},
	{"a Job meets its deadline", JobMeetsItsDeadline},
	{"a Job never runs twice at once", JobReplacesADeletedPod},
	{"a suspended Job runs nothing", JobIsSuspended},
	{"a finished Job expires", JobExpires},
	{"deletion propagates as it says", Propagation},
	{"a namespace ends when it is empty", NamespaceEnds},
	{"endpoints follow pods", EndpointsFollowPods},
	{"a claim is protected while in use", ClaimIsProtected},
	{"a claim for one pod is in one pod", ClaimForOnePod},
	{"a claim grows", ClaimGrows},
	{"a StatefulSet keeps its order", StatefulSetKeepsOrder},
	{"a StatefulSet updates from the top down to its partition", StatefulSetUpdates},
	{"a StatefulSet keeps its claims", StatefulSetKeepsClaims},
	{"a parallel StatefulSet does not wait", StatefulSetInParallel},
	{"a budget counts", BudgetCounts},
}
