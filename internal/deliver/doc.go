// Package deliver gives an application's objects to a Kubernetes API: it plans, applies in waves, waits, prunes and
// rolls back.
//
// DESIGN. A Plan is a value: every object was dry-run at the API first, so what is refused is refused before anything
// has changed, and the same value is printed, executed and compared. Apply goes wave by wave (what slipway.dev/after
// names is ready first), follows one watch per namespace and kind, ends as soon as what remains can only fail, says
// why with the words of the container, and puts back what was there. It never touches what it did not make, never
// prunes a claim, and writes nothing when nothing differs.
//
// It uses server-side apply and watches of client-go, and kstatus to judge one object. ResourceManager of
// fluxcd/pkg/ssa was weighed: it applies one object after the other, waits by polling, knows neither waves nor a way
// back, and reads a running Job as done; what was left of it was one comparison of two objects.
//
// Who owns replicas. A number in the files is applied when it changed in the files (it is kept in the annotation
// slipway.dev/replicas); while it did not, what "slipway scale", kubectl or an autoscaler set stays. A workload that
// an autoscaler targets is given its number once, at its creation.
package deliver
