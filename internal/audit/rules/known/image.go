package known

import "strings"

// Repository is an image's name without its tag and digest.
func Repository(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		image = image[:i]
	}
	return image
}

// Short is the last part of an image's name: mysql of registry.example/library/mysql:8.4.
func Short(image string) string {
	r := Repository(image)
	return strings.ToLower(r[strings.LastIndexByte(r, '/')+1:])
}

// Tag is an image's tag, empty if it has none.
func Tag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	return strings.TrimPrefix(image[len(Repository(image)):], ":")
}
