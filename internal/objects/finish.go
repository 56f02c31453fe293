package objects

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// Finish makes the objects ready to be applied, in order: every pod template learns the content of the ConfigMaps and
// Secrets it uses and of its images (digests by image name as the containers have it; an image that is not in it is
// left to its name), every Job gets a name with a hash of its template, and what waits for such a Job is told its name.
// A changed value thus changes exactly the templates of its users. Calling it again gives the same result.
func (a *Application) Finish(digests map[string]string) error {
	uses := a.configUses()
	renamed := map[string]string{}
	for _, o := range a.Objects {
		t, _ := Template(o.Object)
		if t == nil {
			continue
		}
		hash, err := configHash(uses[o])
		if err != nil {
			return fmt.Errorf("%s: %w", o, err)
		}
		mark(t, ConfigHashAnnotation, hash)
		mark(t, ImageDigestAnnotation, imageDigests(&t.Spec, digests))
		if job, ok := o.Object.(*batchv1.Job); ok {
			if err := rename(o, job, renamed); err != nil {
				return fmt.Errorf("%s: %w", o, err)
			}
		}
	}
	for _, o := range a.Objects {
		after := o.After()
		if len(after) == 0 {
			continue
		}
		for i, name := range after {
			if to, ok := renamed[name]; ok {
				after[i] = to
			}
		}
		o.Annotate(AfterAnnotation, strings.Join(after, ","))
	}
	a.Sort()
	return nil
}

// configUses lists for every object the ConfigMaps and Secrets of the application that it names.
func (a *Application) configUses() map[*Object][]*Object {
	uses := map[*Object][]*Object{}
	for _, r := range a.References() {
		if r.To != nil && (r.Kind == "ConfigMap" || r.Kind == "Secret") && !slices.Contains(uses[r.From], r.To) {
			uses[r.From] = append(uses[r.From], r.To)
		}
	}
	return uses
}

func configHash(used []*Object) (string, error) {
	if len(used) == 0 {
		return "", nil
	}
	content := map[string]any{}
	for _, u := range used {
		switch v := u.Object.(type) {
		case *corev1.ConfigMap:
			content[u.String()] = []any{v.Data, v.BinaryData}
		case *corev1.Secret:
			content[u.String()] = []any{v.Type, v.Data, v.StringData}
		}
	}
	return hashOf(content, 16)
}

func imageDigests(spec *corev1.PodSpec, digests map[string]string) string {
	var known []string
	EachContainer(spec, "", func(c *corev1.Container, _ string) {
		if d := digests[c.Image]; d != "" {
			known = append(known, c.Name+"="+d)
		}
	})
	return strings.Join(known, ",")
}

func rename(o *Object, job *batchv1.Job, renamed map[string]string) error {
	if o.unhashed == "" {
		o.unhashed = job.Name
	}
	hash, err := hashOf(job.Spec, 8)
	if err != nil {
		return err
	}
	before := "Job/" + o.unhashed
	if old := o.String(); old != before { // finished before: others may hold that name
		defer func() { renamed[old] = o.String() }()
	}
	// 63 is the limit of the label job-name that the Job controller writes.
	job.Name = fmt.Sprintf("%.*s-%s", 63-9, o.unhashed, hash)
	renamed[before] = o.String()
	return nil
}

// mark sets an annotation of a template, or removes it if there is nothing to say.
func mark(t *corev1.PodTemplateSpec, key, value string) {
	if value == "" {
		delete(t.Annotations, key)
		return
	}
	if t.Annotations == nil {
		t.Annotations = map[string]string{}
	}
	t.Annotations[key] = value
}

// hashOf is stable because encoding/json sorts the keys of maps.
func hashOf(v any, digits int) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])[:digits], nil
}
