package axml

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Numbers of Android's attributes (AOSP, frameworks/base,
// core/res/res/values/public-final.xml).
const (
	attrLabel            = 0x01010001
	attrName             = 0x01010003
	attrSharedUserID     = 0x0101000b
	attrDebuggable       = 0x0101000f
	attrMinSDK           = 0x0101020c
	attrVersionCode      = 0x0101021b
	attrVersionName      = 0x0101021c
	attrTargetSDK        = 0x01010270
	attrSandbox          = 0x0101054c
	attrVersionCodeMajor = 0x01010576
)

// A Manifest is what an AndroidManifest.xml says of an app. Fields are empty
// where it says nothing, or refers to a resource that the table does not have.
type Manifest struct {
	Package      string
	VersionCode  int64 // with versionCodeMajor in its upper 32 bits
	HasVersion   bool  // whether it says a version code
	VersionName  string
	Label        string // what people see, in no particular language
	SharedUserID string
	MinSDK       SDK
	TargetSDK    SDK // that of MinSDK where the manifest says none, as on Android
	Sandbox      int // targetSandboxVersion, 1 if not told
	Debuggable   bool
	Permissions  []string // that it asks for, sorted, each once
}

// An SDK is an API level. A level that is still in development is told by its
// code name; Level is then that of the release before it.
type SDK struct {
	Level int
	Name  string // "" for a number
}

// String is the level as the manifest says it.
func (s SDK) String() string {
	if s.Name != "" {
		return s.Name
	}
	return strconv.Itoa(s.Level)
}

// ReadManifest reads a binary AndroidManifest.xml. table gives the resource
// table when the manifest refers to it, and may be nil; an error of it leaves
// those fields empty and is returned beside the manifest.
func ReadManifest(data []byte, table func() (*Table, error)) (*Manifest, error) {
	root, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if root.Name != "manifest" || root.Space != "" {
		return nil, fmt.Errorf("not a manifest: its root element is %.60q", root.Name)
	}
	r := &manifestReader{load: table}
	m := &Manifest{Package: root.Plain("package"), Sandbox: 1, MinSDK: SDK{Level: 1}}
	if m.Package == "" {
		return nil, errors.New("the manifest names no package")
	}
	r.root(m, root)
	hasTarget := false
	for _, e := range root.Children {
		switch e.Name {
		case "uses-sdk":
			hasTarget = r.usesSDK(m, e) || hasTarget
		case "uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m":
			if name := r.text(e, attrName); name != "" {
				m.Permissions = append(m.Permissions, name)
			}
		case "application":
			m.Label = r.text(e, attrLabel)
			if v, ok := r.resolve(e, attrDebuggable); ok {
				m.Debuggable = v.Data != 0
			}
		}
	}
	if !hasTarget {
		m.TargetSDK = m.MinSDK
	}
	slices.Sort(m.Permissions)
	m.Permissions = slices.Compact(m.Permissions)
	if r.err == nil && r.table.exhausted() {
		r.err = errors.New("resource table: the manifest's references lead through too much of it")
	}
	return m, r.err
}

type manifestReader struct {
	load   func() (*Table, error)
	loaded bool
	table  *Table
	err    error
}

func (r *manifestReader) root(m *Manifest, e *Element) {
	if v, ok := r.resolve(e, attrVersionCode); ok {
		m.VersionCode, m.HasVersion = int64(v.Data), true
	}
	if v, ok := r.resolve(e, attrVersionCodeMajor); ok {
		m.VersionCode |= int64(v.Data) << 32
	}
	m.VersionName = r.text(e, attrVersionName)
	m.SharedUserID = r.text(e, attrSharedUserID)
	if v, ok := r.resolve(e, attrSandbox); ok {
		m.Sandbox = int(v.Data)
	}
}

// usesSDK reads the levels. Of several uses-sdk elements the highest minimum
// counts, as in Android's verifier.
func (r *manifestReader) usesSDK(m *Manifest, e *Element) (target bool) {
	if v, ok := r.resolve(e, attrMinSDK); ok {
		if s := level(v); s.Level >= m.MinSDK.Level {
			m.MinSDK = s
		}
	}
	v, ok := r.resolve(e, attrTargetSDK)
	if ok {
		m.TargetSDK = level(v)
	}
	return ok
}

// level reads a number, or a code name by its first letter: releases went
// through the alphabet, and from Baklava (36) on through it again. The letter's
// level is that of the release before.
func level(v Value) SDK {
	if v.Type != typeString {
		return SDK{Level: int(int32(v.Data))}
	}
	if n, err := strconv.Atoi(v.Text); err == nil {
		return SDK{Level: n}
	}
	s := SDK{Name: v.Text}
	if v.Text != "" {
		s.Level = beforeCodeName[v.Text[0]]
	}
	return s
}

// beforeCodeName is the API level of the release before the first of the code
// name's letter (source.android.com, "Codenames, tags, and build numbers").
var beforeCodeName = map[byte]int{
	'C': 2, 'D': 3, 'E': 4, 'F': 7, 'G': 8, 'H': 10, 'I': 13, 'J': 15, 'K': 18, 'L': 20, 'M': 22,
	'N': 23, 'O': 25, 'P': 27, 'Q': 28, 'R': 29, 'S': 30, 'T': 32, 'U': 33, 'V': 34, 'B': 35,
}

func (r *manifestReader) text(e *Element, id uint32) string {
	v, ok := r.resolve(e, id)
	if !ok {
		return ""
	}
	s, _ := v.plain()
	return s
}

// resolve gives the attribute's value behind references.
func (r *manifestReader) resolve(e *Element, id uint32) (Value, bool) {
	v, ok := e.Attr(id)
	if !ok {
		return Value{}, false
	}
	if (v.Type == typeReference || v.Type == typeDynamic) && !r.loaded && r.load != nil {
		r.loaded = true
		r.table, r.err = r.load()
	}
	return r.table.Resolve(v)
}
