// Package position knows where every key of a Compose project was written: file and line, through merge keys, several
// files, includes and extends.
//
// DESIGN. compose-go gives values without places. This package reads the same files with the same YAML parser and lays
// them over one another in the same order, keeping only places. It promises a place for every path: the exact one, or
// that of the nearest key around it. It does not interpret values (apart from the paths of include and extends, which
// it interpolates to find the files); where compose-go would reorder a list, the place of the list is the answer.
package position
