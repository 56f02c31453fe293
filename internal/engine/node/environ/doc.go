// Package environ makes a container's environment, and puts it where $(NAME) stands in commands, arguments and paths.
//
// DESIGN. As Kubernetes does, in its order: the Services of the namespace, then envFrom, then env, each over what
// came before. What is missing and not optional is an error in the kubelet's words.
package environ
