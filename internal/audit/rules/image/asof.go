package image

// asOf is the date the tables were last compared with their sources.
const asOf = "2026-11-28"
