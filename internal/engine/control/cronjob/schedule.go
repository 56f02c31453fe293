package cronjob

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
	batchv1 "k8s.io/api/batch/v1"
)

// parse reads the schedule in its time zone, that of the machine if none is given.
func parse(c *batchv1.CronJob) (cron.Schedule, error) {
	spec := c.Spec.Schedule
	if z := c.Spec.TimeZone; z != nil {
		if _, err := time.LoadLocation(*z); err != nil {
			return nil, fmt.Errorf("time zone %q: %w", *z, err)
		}
		spec = "TZ=" + *z + " " + spec
	}
	return cron.ParseStandard(spec)
}

// earliest is the time after which a run may have been missed.
func earliest(c *batchv1.CronJob, now time.Time) time.Time {
	t := c.CreationTimestamp.Time
	if last := c.Status.LastScheduleTime; last != nil {
		t = last.Time
	}
	if t.Sub(now) > time.Hour { // the machine's clock was far ahead: its runs are not to wait until that time
		t = now.Add(-time.Minute)
	}
	if d := c.Spec.StartingDeadlineSeconds; d != nil {
		if limit := now.Add(-time.Duration(*d) * time.Second); limit.After(t) {
			t = limit
		}
	}
	return t
}

// looksBack are how far back the last run is looked for, one after the other, so that a year off costs no year of
// minutes.
var looksBack = []time.Duration{time.Hour, 25 * time.Hour, 32 * 24 * time.Hour, 367 * 24 * time.Hour}

// last is the latest time after since at which a run was due, zero if there is none; and how many were due since, as
// far as that was counted.
func last(s cron.Schedule, since, now time.Time) (due time.Time, missed int) {
	for _, back := range looksBack {
		from := now.Add(-back)
		clipped := from.After(since)
		if !clipped {
			from = since
		}
		for t := s.Next(from); !t.IsZero() && !t.After(now); t = s.Next(t) {
			due = t
			missed++
		}
		if !due.IsZero() || !clipped {
			break
		}
	}
	return due, missed
}
