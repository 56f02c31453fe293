// Package image has the rules about what runs: images whose name does not say which content is meant, programs that get
// no more security fixes, and names that no registry serves any longer.
//
// DESIGN. Only the name of an image is looked at; nothing is pulled and nobody is asked, so that an audit needs no
// network and says the same today and tomorrow. What is known about products, registries and moved images is data
// (tables/*.csv) with the page that says so, as of the date in asof.go: a version that is not in the tables gives no
// finding, and a cycle whose end comes after that date is not called dead before the tables are brought up to date.
package image
