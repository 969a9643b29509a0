package apktest

import (
	"encoding/binary"
	"slices"
	"strconv"
)

type numbered struct {
	name string
	id   uint32
}

// attributes are those of Android by number, in the order in which their names stand at the
// beginning of the string pool.
var attributes = []numbered{
	{"label", 0x01010001},
	{"name", 0x01010003},
	{"sharedUserId", 0x0101000b},
	{"minSdkVersion", 0x0101020c},
	{"versionCode", 0x0101021b},
	{"versionName", 0x0101021c},
	{"targetSdkVersion", 0x01010270},
	{"targetSandboxVersion", 0x0101054c},
}

const namespace = "http://schemas.android.com/apk/res/android"

type attr struct {
	name   string
	text   string
	number int
	plain  bool // of no namespace
}

// order is the place among the attributes; those of no namespace come last.
func (a attr) order() int {
	if a.plain {
		return len(attributes)
	}
	return slices.IndexFunc(attributes, func(x numbered) bool { return x.name == a.name })
}

type writer struct {
	strings []string
	body    []byte
}

// Manifest gives the app's AndroidManifest.xml in binary form.
func (a App) Manifest() []byte {
	w := &writer{}
	var ids []byte
	for _, x := range attributes {
		w.strings = append(w.strings, x.name)
		ids = binary.LittleEndian.AppendUint32(ids, x.id)
	}
	root := []attr{{name: "package", text: a.Package, plain: true}}
	root = append(root, numbers("versionCode", a.VersionCode)...)
	root = append(root, numbers("targetSandboxVersion", a.Sandbox)...)
	root = append(root, texts("versionName", a.VersionName)...)
	root = append(root, texts("sharedUserId", a.SharedUserID)...)
	w.start("manifest", root...)
	if sdk := append(numbers("minSdkVersion", a.MinSDK), numbers("targetSdkVersion", a.TargetSDK)...); len(sdk) > 0 {
		w.start("uses-sdk", sdk...)
		w.end("uses-sdk")
	}
	for _, p := range a.Permissions {
		w.start("uses-permission", texts("name", p)...)
		w.end("uses-permission")
	}
	w.start("application", texts("label", a.Label)...)
	w.end("application")
	w.end("manifest")
	content := slices.Concat(w.pool(), chunk(0x0180, nil, ids), w.body)
	return chunk(0x0003, nil, content)
}

func numbers(name string, v int) []attr {
	if v == 0 {
		return nil
	}
	return []attr{{name: name, number: v, text: strconv.Itoa(v)}}
}

func texts(name, v string) []attr {
	if v == "" {
		return nil
	}
	return []attr{{name: name, text: v}}
}

// chunk gives a chunk: type, size of the header, size, rest of the header, data.
func chunk(kind uint16, header, data []byte) []byte {
	out := binary.LittleEndian.AppendUint16(nil, kind)
	out = binary.LittleEndian.AppendUint16(out, uint16(8+len(header)))
	out = binary.LittleEndian.AppendUint32(out, uint32(8+len(header)+len(data)))
	return slices.Concat(out, header, data)
}

func (w *writer) index(s string) uint32 {
	i := slices.Index(w.strings, s)
	if i < 0 {
		i = len(w.strings)
		w.strings = append(w.strings, s)
	}
	return uint32(i)
}

// start writes a ResXMLTree_attrExt and its attributes, sorted by number as
// Android's readers expect.
func (w *writer) start(name string, attrs ...attr) {
	le := binary.LittleEndian
	ext := le.AppendUint32(nil, 0xffffffff)
	ext = le.AppendUint32(ext, w.index(name))
	for _, v := range []uint16{20, 20, uint16(len(attrs)), 0, 0, 0} {
		ext = le.AppendUint16(ext, v)
	}
	slices.SortStableFunc(attrs, func(a, b attr) int { return a.order() - b.order() })
	for _, a := range attrs {
		space := uint32(0xffffffff)
		if !a.plain {
			space = w.index(namespace)
		}
		kind, data, raw := uint32(0x03), w.index(a.text), w.index(a.text)
		if a.number != 0 {
			kind, data, raw = 0x10, uint32(a.number), 0xffffffff
		}
		for _, v := range []uint32{space, w.index(a.name), raw, 8 | kind<<24, data} {
			ext = le.AppendUint32(ext, v)
		}
	}
	w.body = append(w.body, chunk(0x0102, make([]byte, 8), ext)...)
}

func (w *writer) end(name string) {
	ext := binary.LittleEndian.AppendUint32(nil, 0xffffffff)
	ext = binary.LittleEndian.AppendUint32(ext, w.index(name))
	w.body = append(w.body, chunk(0x0103, make([]byte, 8), ext)...)
}

// pool writes the strings in UTF-8, each below 128 bytes.
func (w *writer) pool() []byte {
	le := binary.LittleEndian
	var offsets, data []byte
	for _, s := range w.strings {
		offsets = le.AppendUint32(offsets, uint32(len(data)))
		data = append(data, byte(len([]rune(s))), byte(len(s)))
		data = append(append(data, s...), 0)
	}
	for len(data)%4 != 0 {
		data = append(data, 0)
	}
	var header []byte
	for _, v := range []int{len(w.strings), 0, 1 << 8, 28 + len(offsets), 0} {
		header = le.AppendUint32(header, uint32(v))
	}
	return chunk(0x0001, header, append(offsets, data...))
}
