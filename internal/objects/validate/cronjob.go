package validate

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func cronJob(f *findings, s *batchv1.CronJobSpec) {
	if s.Schedule == "" {
		f.required(objectSpec.Child("schedule"))
	} else {
		schedule(f, objectSpec.Child("schedule"), s.Schedule)
	}
	notNegativeIf(f, objectSpec.Child("startingDeadlineSeconds"), s.StartingDeadlineSeconds)
	timeZone(f, objectSpec.Child("timeZone"), s.TimeZone)
	oneOf(f, objectSpec.Child("concurrencyPolicy"), s.ConcurrencyPolicy, batchv1.AllowConcurrent, batchv1.ForbidConcurrent, batchv1.ReplaceConcurrent)
	at := objectSpec.Child("jobTemplate", "spec")
	jobSpec(f, at, &s.JobTemplate.Spec)
	if s.JobTemplate.Spec.Selector != nil {
		f.invalid(at.Child("selector"), s.JobTemplate.Spec.Selector, "`selector` will be auto-generated")
	}
	if m := s.JobTemplate.Spec.ManualSelector; m != nil && *m {
		f.add(field.NotSupported(at.Child("manualSelector"), *m, []string{"nil", "false"}))
	}
	notNegativeIf(f, objectSpec.Child("successfulJobsHistoryLimit"), s.SuccessfulJobsHistoryLimit)
	notNegativeIf(f, objectSpec.Child("failedJobsHistoryLimit"), s.FailedJobsHistoryLimit)
}

func schedule(f *findings, p *field.Path, text string) {
	defer func() { // the parser panics on some malformed time zones
		if r := recover(); r != nil {
			f.invalid(p, text, fmt.Sprintf("invalid schedule format: %v", r))
		}
		if strings.Contains(text, "TZ") {
			f.invalid(p, text, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
		}
	}()
	if _, err := cron.ParseStandard(text); err != nil {
		f.invalid(p, text, err.Error())
	}
}

// zonePart is what the API server takes for a part of a zone's name.
var zonePart = regexp.MustCompile(`^[A-Za-z\.\-_0-9+]{1,14}$`)

func timeZone(f *findings, p *field.Path, zone *string) {
	if zone == nil {
		return
	}
	if *zone == "" {
		f.invalid(p, *zone, "timeZone must be nil or non-empty string")
		return
	}
	for _, part := range strings.Split(*zone, "/") {
		if !zonePart.MatchString(part) || part == "." || part == ".." || strings.HasPrefix(part, "-") {
			f.invalid(p, *zone, "unknown time zone "+*zone)
			return
		}
	}
	if strings.EqualFold(*zone, "Local") {
		f.invalid(p, *zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones")
	}
	if _, err := time.LoadLocation(*zone); err != nil {
		f.invalid(p, *zone, err.Error())
	}
}
