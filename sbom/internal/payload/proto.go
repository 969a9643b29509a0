package payload

import (
	"encoding/binary"
	"errors"
)

var errProto = errors.New("the manifest is damaged")

// fields calls f for every field of a protocol buffers message: number, value of
// a varint, bytes of a length-delimited field. Fixed-size fields are passed over,
// groups are refused.
func fields(b []byte, f func(number uint64, v uint64, data []byte) error) error {
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		if n <= 0 {
			return errProto
		}
		b = b[n:]
		var v uint64
		var data []byte
		switch key & 7 {
		case 0:
			if v, n = binary.Uvarint(b); n <= 0 {
				return errProto
			}
		case 1:
			n = 8
		case 2:
			size, k := binary.Uvarint(b)
			if k <= 0 || size > uint64(len(b)-k) {
				return errProto
			}
			data, n = b[k:k+int(size)], k+int(size)
		case 5:
			n = 4
		default:
			return errProto
		}
		if n > len(b) {
			return errProto
		}
		b = b[n:]
		if err := f(key>>3, v, data); err != nil {
			return err
		}
	}
	return nil
}
