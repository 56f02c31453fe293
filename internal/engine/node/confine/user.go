package confine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/sys/user"
	corev1 "k8s.io/api/core/v1"
)

// Account is who a container's program is.
type Account struct {
	UID, GID int
	Groups   []int
	Home     string
}

// account is the user and groups of the container: from the securityContext, else from the image, whose names are
// those of its own /etc/passwd and /etc/group.
func account(in *Input, sc *corev1.SecurityContext) (Account, error) {
	who := in.ImageUser
	if sc.RunAsUser != nil {
		who = strconv.FormatInt(*sc.RunAsUser, 10)
	}
	if sc.RunAsGroup != nil {
		name, _, _ := strings.Cut(who, ":")
		who = name + ":" + strconv.FormatInt(*sc.RunAsGroup, 10)
	}
	u, err := user.GetExecUser(who, &user.ExecUser{Home: "/"}, reader(in.Passwd), reader(in.Group))
	if err != nil {
		return Account{}, fmt.Errorf("user %q of container %s: %w", who, in.Container.Name, err)
	}
	a := Account{UID: u.Uid, GID: u.Gid, Home: u.Home}
	if err := checkNonRoot(in, sc, u.Uid); err != nil {
		return Account{}, err
	}
	psc := in.Pod.Spec.SecurityContext
	if psc == nil {
		psc = &corev1.PodSecurityContext{}
	}
	if p := psc.SupplementalGroupsPolicy; p == nil || *p == corev1.SupplementalGroupsPolicyMerge {
		// Without its group, which would hide the others that the image's /etc/group has for the user.
		name, _, _ := strings.Cut(who, ":")
		if u, err := user.GetExecUser(name, nil, reader(in.Passwd), reader(in.Group)); err == nil {
			a.Groups = append(a.Groups, u.Sgids...)
		}
	}
	for _, g := range psc.SupplementalGroups {
		a.Groups = append(a.Groups, int(g))
	}
	if psc.FSGroup != nil {
		a.Groups = append(a.Groups, int(*psc.FSGroup))
	}
	slices.Sort(a.Groups)
	a.Groups = slices.Compact(a.Groups)
	return a, nil
}

// checkNonRoot is the kubelet's rule, in its words.
func checkNonRoot(in *Input, sc *corev1.SecurityContext, uid int) error {
	if !isTrue(sc.RunAsNonRoot) {
		return nil
	}
	where := fmt.Sprintf("(pod: %q, container: %s)", fmt.Sprintf("%s_%s(%s)", in.Pod.Name, in.Pod.Namespace, in.Pod.UID), in.Container.Name)
	if sc.RunAsUser != nil {
		if *sc.RunAsUser == 0 {
			return errors.New("container's runAsUser breaks non-root policy " + where)
		}
		return nil
	}
	name, _, _ := strings.Cut(in.ImageUser, ":")
	if _, err := strconv.Atoi(name); name != "" && err != nil {
		return fmt.Errorf("container has runAsNonRoot and image has non-numeric user (%s), cannot verify user is non-root %s", name, where)
	}
	if uid == 0 {
		return errors.New("container has runAsNonRoot and image will run as root " + where)
	}
	return nil
}

func reader(b []byte) io.Reader {
	if b == nil {
		return nil
	}
	return bytes.NewReader(b)
}
