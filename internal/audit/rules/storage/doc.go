// Package storage is the rules about volumes: claims that find none, volumes that find no claim, volumes that two
// pods want and one node holds, databases without a volume or a backup, and what deletes data.
//
// DESIGN. What a claim binds to is decided as Kubernetes' volume binder decides it: class, size, access modes, volume
// mode, selector, reserved names. Only what the files show is compared; a class or volume that a cluster may bring is
// no fault. For a claim or volume that fits nothing, the nearest is named with what keeps them apart.
package storage
