package policy

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// matcher is a label selector that cannot fail: one that is not valid matches nothing.
type matcher struct {
	all      bool
	selector labels.Selector
}

func newMatcher(s *metav1.LabelSelector) matcher {
	sel, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return matcher{}
	}
	return matcher{all: sel.Empty(), selector: sel}
}

func (m matcher) matches(l map[string]string) bool {
	return m.all || m.selector != nil && m.selector.Matches(labels.Set(l))
}
