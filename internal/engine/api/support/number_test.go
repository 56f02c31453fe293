package support

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

func TestMorePodsThanWillEverRunAreRefused(t *testing.T) {
	many, most := int32(2_000_000_000), int32(MostPods)
	for _, n := range []*int32{&many, &most} {
		job := batchv1.JobSpec{Parallelism: n}
		for want, obj := range map[string]runtime.Object{
			"spec.replicas: Invalid value: 2000000000: not carried by the engine: its one machine runs at most 1000 pods": &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Replicas: n}},
			"spec.replicas: Invalid value":                     &appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Replicas: n}},
			"spec.replicas: Invalid":                           &appsv1.ReplicaSet{Spec: appsv1.ReplicaSetSpec{Replicas: n}},
			"spec.parallelism: Invalid value":                  &batchv1.Job{Spec: job},
			"spec.jobTemplate.spec.parallelism: Invalid value": &batchv1.CronJob{Spec: batchv1.CronJobSpec{JobTemplate: batchv1.JobTemplateSpec{Spec: job}}},
		} {
			errs := Check(obj)
			if n == &most && len(errs) > 0 {
				t.Error(errs)
			}
			if n == &many && (len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), want)) {
				t.Errorf("%T: %v", obj, errs)
			}
		}
	}
}
