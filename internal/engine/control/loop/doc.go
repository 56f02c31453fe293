// Package loop runs a controller: a queue of the objects to look at, and one function that brings each to what it
// should be.
//
// DESIGN. A controller reads the store itself, never a copy of it, so it needs no expectations and no resync: whatever
// it wrote a moment ago it sees. It remembers nothing between two looks, so that it may be killed between any two
// writes. The same object is never looked at twice at once. A failed look is repeated with growing delay. When its
// context ends it writes nothing more: the functions Create, Update, Delete … here stand before those of the store.
package loop
