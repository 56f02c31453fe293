// Package volume binds PersistentVolumeClaims to volumes, and makes those of the class `local`: directories of this
// machine.
//
// DESIGN. Binding, phases, protection and reclaiming follow Kubernetes' controllers (pkg/controller/volume); claims
// are matched one after the other, so that no volume is promised twice. A local volume is
// VOLUMES/<namespace>_<claim>_<first 8 of the claim's UID>, mode 0777 like those of the local-path provisioner, so that
// a process of any user in a pod can write; VOLUMES itself is root's alone, so that nobody else on the machine can.
// All access modes work, since there is one node; sizes are kept as promises, not enforced. Its PersistentVolume
// is written before the directory is made, and deleted after the directory is, so that none is left behind. Raw block
// volumes, claim selectors on the class and data sources are refused with an event.
package volume
