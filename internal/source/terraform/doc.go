// Package terraform reads Terraform files beside an application and says what keeps it from production.
//
// DESIGN. It reads the language, not the providers: hclsyntax gives the tree, and small tables say what matters in the
// resources on which applications run (clusters, disks, databases, firewalls). A file that is not HCL is still read: the
// line that breaks it becomes a Problem and is blanked, and the rest is judged as if it were not there. Nothing is
// evaluated but what is plain to see, literals and the defaults of variables and locals, so that no expression of a
// foreign file can cost more time than its length. What depends on other files of the folder (is it declared, is there
// a backend, who backs the disk up) is asked only by ReadAll, which has them. An Edit is given where there is one right
// answer; edits on the same lines are written as one text, so that they cannot undo each other.
package terraform
