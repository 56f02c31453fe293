package objects

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Label gives every object, and the pods that it makes, the labels by which the application's own are found again. What
// carries such a label already keeps it: selectors may choose by it.
func (a *Application) Label() {
	for _, o := range a.Objects {
		a.label(o.Meta(), o.Name())
		if t, _ := Template(o.Object); t != nil {
			a.label(&t.ObjectMeta, o.Name())
		}
	}
}

func (a *Application) label(m metav1.Object, name string) {
	l := m.GetLabels()
	if l == nil {
		l = map[string]string{}
	}
	for k, v := range map[string]string{LabelName: shorten(name), LabelPartOf: a.Name, LabelManagedBy: Manager} {
		if _, there := l[k]; !there {
			l[k] = v
		}
	}
	m.SetLabels(l)
}

// shorten keeps a name within what a label may hold.
func shorten(name string) string { return name[:min(len(name), 63)] }
