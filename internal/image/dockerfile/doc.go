// Package dockerfile carries out the Dockerfiles that need no container to be built: Go programs compiled from source
// and files copied onto scratch.
//
// DESIGN. The whole file is planned before anything is done, with BuildKit's own parser, so that an instruction
// outside the understood subset is refused at once, with its line. What is carried out gives what a builder would
// give, but for the version of Go, which is this machine's (an older one than the file asks for is refused). Nothing
// of the context is executed: of RUN only "go build", "go mod download" and "mkdir" are understood. Everything is
// read and written through os.Root, so that no link leads out of the context or the image.
package dockerfile
