// Package rescue keeps one piece of work that panics from ending the engine.
//
// DESIGN. Everything that is done for one object (a look of a controller, of a pod's worker, at the rules) goes
// through Do, so that an object that nobody thought of costs a message and a later try, and never the containers'
// keeper of order. What holds a lock gives it back with defer; a fault of memory itself (a full heap, a deadlock
// found by the runtime) still ends the process.
package rescue
