// Package security has the rules about who can read, do and reach more than the application needs: credentials in the
// clear, containers with the rights of root or of the node, rights at the API, and namespaces without a standard.
//
// DESIGN. One defect is one finding: what a container's securityContext lacks is listed in one message, and a pod that
// its namespace refuses is not judged again by the rules on containers. The standard itself is judged by the library
// that API servers use for it (k8s.io/pod-security-admission), not by a copy. No message ever has the value of a
// credential in it. Programs that are known to need the API or the node (controllers, agents) are a table, so that a
// well-made monitoring agent is not called a risk.
package security
