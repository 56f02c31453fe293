// Package source reads what a person already has, a Compose project, Kubernetes manifests, a kustomization, a chart, and
// gives the objects of the application.
//
// DESIGN. Two ways in. Read is for those who want to know: it takes files and folders, sees by their content what each
// is, reads everything, and stops at no fault; what is wrong becomes a Problem of the application it is in. Load is for
// those who want to deliver: one application, and an error with file and line for what cannot be one. It finds the files
// as Docker Compose does when none are named. Both promise that no file is passed over in silence, and neither mixes
// Compose and manifests in one application, because nobody could say which of two descriptions of a service holds.
package source
