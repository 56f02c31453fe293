// Package compose is the catalogue of what is found in the text of Compose files.
//
// DESIGN. What becomes of a Compose file as objects is judged by the rules for objects, at its places in the file. Some
// things are to be seen in the text alone, because compiling mends or drops them: a password that becomes a Secret, a
// proxy that the gateway takes the place of, a database that gets a volume. The reader of Compose files finds these;
// none of the rules here has a Check.
package compose
