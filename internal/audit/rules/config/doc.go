// Package config finds settings that name what is not there, and settings of two that must agree and do not.
//
// DESIGN. A ConfigMap, a Secret, a key, an account, a namespace, a host, a port or a password is written down twice: where
// it is made and where it is used. Nothing compares the two until a pod starts, so this room does. What a program is told
// by its environment is read as the kubelet would read it (known.Env), so that a value counts the same wherever it is
// written. What an operator, a chart or the cluster itself may make is not called missing.
package config
