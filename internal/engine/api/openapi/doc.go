// Package openapi describes the served kinds to clients, as /openapi/v3 and /openapi/v2.
//
// DESIGN. The schemas are made by reflection over the types of k8s.io/api with their own documentation (SwaggerDoc),
// when somebody asks, and are not kept: kubectl caches them on its side, by hash. Only what clients use is there:
// kubectl explain (schemas), apply and diff (patch merge keys, the fieldValidation parameter), client-side conversion
// (group-version-kind).
package openapi
