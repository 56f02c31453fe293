// Package volume makes a pod's volumes on this machine and says what to mount where.
//
// DESIGN. Everything is idempotent, so that an engine that was killed half-way simply does it again. Volumes made of
// objects are replaced as a whole by renaming one symlink, as the kubelet does; those with secrets live on a tmpfs, of
// which there is one for the whole engine. A subPath is resolved inside its volume by the kernel, and held open until
// it is mounted, so that no symlink leads out of it. Kinds of volumes that this machine cannot have are refused by
// name.
package volume
