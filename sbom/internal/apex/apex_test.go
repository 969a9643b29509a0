package apex

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func key(number, kind uint64) []byte { return binary.AppendUvarint(nil, number<<3|kind) }

func number(n int, v uint64) []byte { return binary.AppendUvarint(key(uint64(n), 0), v) }

func bytesField(n int, s string) []byte {
	return append(binary.AppendUvarint(key(uint64(n), 2), uint64(len(s))), s...)
}

func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func TestParseManifest(t *testing.T) {
	tests := []struct {
		name string
		data []byte
		want Manifest
		bad  bool
	}{
		{"plain", join(bytesField(1, "com.example.crypto"), number(2, 330090000)), Manifest{Name: "com.example.crypto", Version: 330090000}, false},
		{"with a name for people", join(bytesField(1, "a"), number(2, 1), bytesField(5, "13 beta")), Manifest{Name: "a", Version: 1, VersionName: "13 beta"}, false},
		{
			"compressed", join(bytesField(1, "a"), bytesField(13, string(bytesField(1, "00ff")))),
			Manifest{Name: "a", OriginalDigest: "00ff"},
			false,
		},
		{"unknown fields", join(number(6, 1), bytesField(7, "libc.so"), key(20, 5), make([]byte, 4), bytesField(1, "a")), Manifest{Name: "a"}, false},
		{"the last counts", join(bytesField(1, "a"), bytesField(1, "b")), Manifest{Name: "b"}, false},
		{"no name", number(2, 1), Manifest{}, true},
		{"cut", bytesField(1, "abc")[:4], Manifest{}, true},
		{"long number", append(key(2, 0), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), Manifest{}, true},
		{"group", key(1, 3), Manifest{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseManifest(tt.data)
			if (err != nil) != tt.bad {
				t.Fatalf("error %v, want one: %t", err, tt.bad)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// What is read and written again reads the same.
func FuzzParseManifest(f *testing.F) {
	f.Add(join(bytesField(1, "com.example"), number(2, 7), bytesField(13, string(bytesField(1, "00")))))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseManifest(data)
		if err != nil {
			if m != (Manifest{}) {
				t.Errorf("an error and %v", m)
			}
			return
		}
		again, err := ParseManifest(join(bytesField(1, m.Name), number(2, uint64(m.Version)), bytesField(5, m.VersionName), bytesField(13, string(bytesField(1, m.OriginalDigest)))))
		if err != nil || again != m {
			t.Errorf("read again: %v %v, want %v", again, err, m)
		}
	})
}
