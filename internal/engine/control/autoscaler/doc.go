// Package autoscaler gives the targets of HorizontalPodAutoscalers the size that what their pods use asks for.
//
// DESIGN. Formula, tolerance, behaviour and conditions are those of Kubernetes' autoscaler (pkg/controller/podautoscaler),
// every 15 s, with the metrics Resource and ContainerResource; a metric of another type is said not to be served, in
// the condition ScalingActive. As there, past recommendations are kept in memory: after a restart the stabilization
// windows begin anew, with the present size, so that nothing is scaled down early.
package autoscaler
