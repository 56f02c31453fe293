package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A record is one object in the file: a byte for its form, a checksum, and the object in Kubernetes' protobuf.
const (
	formPlain  = 1
	formSealed = 2
	headLength = 5
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrDamaged says that the file does not hold what was written to it.
var ErrDamaged = errors.New("the file is damaged")

// protobuf is what the generated code of k8s.io/api gives every type.
type protobuf interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

var secretKind = kindNamed("Secret")

func bucketName(k *Kind) []byte { return []byte(k.GVK.GroupVersion().String() + "/" + k.GVK.Kind) }

func keyBytes(k Key) []byte { return []byte(k.Namespace + "/" + k.Name) }

func parseKey(b []byte) Key {
	namespace, name, _ := strings.Cut(string(b), "/")
	return Key{namespace, name}
}

func (d *disk) encode(k *Kind, key Key, obj Object) ([]byte, error) {
	data, err := obj.(protobuf).Marshal()
	if err != nil {
		return nil, fmt.Errorf("%s %s/%s: %w", k.Resource, key.Namespace, key.Name, err)
	}
	form := byte(formPlain)
	if k == secretKind {
		form, data = formSealed, d.seal.close(data, keyBytes(key))
	}
	record := make([]byte, headLength, headLength+len(data))
	record[0] = form
	binary.BigEndian.PutUint32(record[1:], crc32.Checksum(data, castagnoli))
	return append(record, data...), nil
}

func (d *disk) decode(k *Kind, key Key, record []byte) (Object, error) {
	if len(record) < headLength || crc32.Checksum(record[headLength:], castagnoli) != binary.BigEndian.Uint32(record[1:]) {
		return nil, ErrDamaged
	}
	// A copy: the record belongs to the transaction, and strings of an object may point into it.
	data := append([]byte(nil), record[headLength:]...)
	switch record[0] {
	case formPlain:
	case formSealed:
		var err error
		if data, err = d.seal.open(data, keyBytes(key)); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%w: form %d is not known to this version", ErrDamaged, record[0])
	}
	obj := k.New()
	if err := obj.(protobuf).Unmarshal(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	setKind(obj, k)
	if set, ok := obj.(*appsv1.StatefulSet); ok { // the only kind with whole objects inside, whose kind protobuf leaves out
		for i := range set.Spec.VolumeClaimTemplates {
			set.Spec.VolumeClaimTemplates[i].TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"}
		}
	}
	return obj, nil
}
