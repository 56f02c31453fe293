package deliver

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// refusal says which object the API refuses and why, field by field, without repeating its name in every sentence.
func refusal(op *Operation, err error) error {
	var status *apierrors.StatusError
	if !errors.As(err, &status) || status.ErrStatus.Details == nil || len(status.ErrStatus.Details.Causes) == 0 {
		return fmt.Errorf("%s: %w", op.where(), err)
	}
	var reasons []string
	for _, c := range status.ErrStatus.Details.Causes {
		reason := c.Message
		if c.Field != "" {
			reason = c.Field + ": " + c.Message
		}
		if at := op.source.OriginOf(c.Field); at != op.source.Origin {
			reason += " (" + at.String() + ")"
		}
		reasons = append(reasons, reason)
	}
	next := ""
	if op.live != nil && strings.Contains(strings.ToLower(err.Error()), "immutable") ||
		strings.Contains(err.Error(), "updates to statefulset spec") {
		next = "; delete it first (claims and their data are kept), then run up again"
	}
	return &refused{text: op.where() + ": " + strings.Join(reasons, "; ") + next, cause: err}
}

type refused struct {
	text  string
	cause error
}

func (r *refused) Error() string { return r.text }
func (r *refused) Unwrap() error { return r.cause }

// insufficient tells whether an API has no space to store anything.
func insufficient(err error) bool {
	var status *apierrors.StatusError
	return errors.As(err, &status) && status.ErrStatus.Code == http.StatusInsufficientStorage
}
