// Package cronjob starts Jobs by the clock.
//
// DESIGN. The rules are those of Kubernetes' CronJob controller (pkg/controller/cronjob), schedules are read by the same
// parser. A Job's name comes from the minute it was due, so that none is started twice whenever the engine dies. After
// a long time off the latest run that was missed is started, not all of them.
package cronjob
