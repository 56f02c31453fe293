// Package edge finds what keeps people from outside from reaching the application, and what lets them reach too much:
// routes, certificates, load balancers, and the configuration of Traefik.
//
// DESIGN. A route is one thing whatever it is written in (known.Route): an Ingress, Traefik's IngressRoute of either API
// group, an HTTPRoute. Traefik's own kinds have no Go types, so they are read as mappings and nothing is assumed of what
// is not there; its configuration is read as TOML or YAML where a ConfigMap holds it, and as arguments. Which ingress
// controller a cluster has is not known: what depends on that is a risk at most.
package edge
