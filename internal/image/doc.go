// Package image keeps container images on this machine: pulled, loaded, built, verified and unpacked.
//
// DESIGN. A store is one directory that several processes use at once. Everything is written under a temporary name
// and moved into place when it is whole, under one file lock, so that a crash leaves nothing half; what a dead
// process left under temporary names is removed by the next one. Every blob is checked against its digest and every
// unpacked layer against its diff ID. Layers are unpacked once, by diff ID, and shared by images.
//
// Layers are extracted by code of our own over archive/tar and pathrs-lite, because the libraries for it (containerd's
// archive, moby's go-archive) neither bound what a sparse file may write, nor tell which directories a layer only
// implies (their owner and mode must come from the layers below), and change root on a locked thread, which is heavy
// inside the engine. Refused: entries that leave the image, trusted.* attributes, device nodes (a container's /dev
// is made by the engine), and archives that are a root filesystem and not an image.
package image
