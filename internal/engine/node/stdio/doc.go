// Package stdio is what a command in a container reads and writes: streams, or a terminal.
//
// DESIGN. The API takes streams from a client, the node and its keeper connect them to containers: what they share
// stands here, below all three, and knows none of them. A terminal is made inside the container, where its own
// devices are, and its other end is handed out over a socket; here it is taken from there.
package stdio
