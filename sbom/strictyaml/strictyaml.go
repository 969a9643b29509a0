// Package strictyaml decodes the YAML files that people write for originbom:
// handset, trust and waiver files, policy packs. It refuses what a typing
// mistake would turn into silence: unknown keys, duplicate keys, a second
// document. Every error names the file, the line and what may stand there.
//
// A struct field `Line int` tagged `yaml:"-"` receives the line on which its
// mapping begins. Types with an UnmarshalYAML method check their own keys with
// [Node].
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Limits. Entity lists of some thousand names are the largest files that people
// write.
const (
	// MaxBytes bounds a file. Its nodes take a hundred times as much in memory.
	MaxBytes = 4 << 20
	// maxNodes bounds the keys and values of a file.
	maxNodes = 1 << 19
	// maxKeys bounds the keys of one mapping, which the library compares in pairs.
	maxKeys = 1 << 12
	// maxDepth bounds how deep values nest; the files here nest below ten.
	maxDepth = 64
)

// An Error is a problem on one line of a file.
type Error struct {
	File string
	Line int
	Text string // what is wrong and what may stand there
}

func (e *Error) Error() string { return fmt.Sprintf("%s: line %d: %s", e.File, e.Line, e.Text) }

// Decode reads the one YAML document in data into the struct that into points
// to. file is used in messages only.
func Decode(file string, data []byte, into any) error {
	n, err := parse(file, data)
	if err != nil {
		return err
	}
	return inFile(file, Node(n, into))
}

// parse gives the nodes of the one document in data.
func parse(file string, data []byte) (*yaml.Node, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%s: larger than %d MiB", file, MaxBytes>>20)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the file is empty", file)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %s", file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: holds more than one document: split it into files", file)
	}
	nodes := 0
	if err := bound(doc.Content[0], 0, &nodes); err != nil {
		return nil, inFile(file, err)
	}
	return doc.Content[0], nil
}

// bound holds a node and all below it against the limits. Aliases are refused:
// they make a small file a large one.
func bound(n *yaml.Node, depth int, nodes *int) error {
	*nodes++
	switch {
	case n.Kind == yaml.AliasNode:
		return Errorf(n.Line, "aliases (*%s) are not used here: write the value out", n.Value)
	case *nodes > maxNodes:
		return Errorf(n.Line, "the file has more than %d keys and values: split it", maxNodes)
	case depth > maxDepth:
		return Errorf(n.Line, "values are nested deeper than %d", maxDepth)
	case n.Kind == yaml.MappingNode && len(n.Content)/2 > maxKeys:
		return Errorf(n.Line, "more than %d keys in one place: split them", maxKeys)
	}
	for _, c := range n.Content {
		if err := bound(c, depth+1, nodes); err != nil {
			return err
		}
	}
	return nil
}

// Node decodes a node strictly, as Decode does for a whole file. Its errors
// carry lines but no file; Decode adds that.
func Node(n *yaml.Node, into any) error {
	var errs []error
	check(n, reflect.TypeOf(into).Elem(), &errs)
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	if err := n.Decode(into); err != nil {
		return split(err)
	}
	setLines(n, reflect.ValueOf(into).Elem())
	return nil
}

// Errorf makes an error about a line; Decode adds the file.
func Errorf(line int, format string, args ...any) error {
	return &Error{Line: line, Text: fmt.Sprintf(format, args...)}
}

// split turns the library's list of texts into errors with lines.
func split(err error) error {
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return err
	}
	var errs []error
	for _, text := range te.Errors {
		var line int
		if _, scan := fmt.Sscanf(text, "line %d:", &line); scan == nil {
			_, text, _ = strings.Cut(text, ": ")
		}
		errs = append(errs, &Error{Line: line, Text: text})
	}
	return errors.Join(errs...)
}

func inFile(file string, err error) error {
	if err == nil {
		return nil
	}
	var list []error
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = append(list, inFile(file, e))
		}
		return errors.Join(list...)
	}
	var e *Error
	if errors.As(err, &e) {
		e.File = file
		return err
	}
	return fmt.Errorf("%s: %w", file, err)
}

var unmarshaler = reflect.TypeFor[yaml.Unmarshaler]()

// check reports keys that the type does not have.
func check(n *yaml.Node, t reflect.Type, errs *[]error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(unmarshaler) {
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		checkStruct(n, t, errs)
	case reflect.Slice:
		if n.Kind == yaml.SequenceNode {
			for _, c := range n.Content {
				check(c, t.Elem(), errs)
			}
		}
	case reflect.Map:
		if n.Kind == yaml.MappingNode {
			for i := 1; i < len(n.Content); i += 2 {
				check(n.Content[i], t.Elem(), errs)
			}
		}
	}
}

func checkStruct(n *yaml.Node, t reflect.Type, errs *[]error) {
	if n.Kind != yaml.MappingNode {
		return // the decoder says so
	}
	known := fieldsOf(t)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		field, ok := known[key.Value]
		if !ok {
			var names []string
			for name := range known {
				names = append(names, name)
			}
			slices.Sort(names)
			*errs = append(*errs, Errorf(key.Line, "unknown key %q: known here are %s", key.Value, strings.Join(names, ", ")))
			continue
		}
		check(n.Content[i+1], field.Type, errs)
	}
}

// fieldsOf gives the struct's fields by key, those of inlined structs too.
func fieldsOf(t reflect.Type) map[string]reflect.StructField {
	out := map[string]reflect.StructField{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case strings.Contains(opts, "inline"):
			for k, v := range fieldsOf(f.Type) {
				v.Index = append(slices.Clone(f.Index), v.Index...)
				out[k] = v
			}
		case name != "":
			out[name] = f
		default:
			out[strings.ToLower(f.Name)] = f
		}
	}
	return out
}

// setLines fills the Line fields.
func setLines(n *yaml.Node, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		if line, ok := v.Type().FieldByName("Line"); ok && line.Type.Kind() == reflect.Int && len(line.Index) == 1 && v.FieldByIndex(line.Index).CanSet() {
			v.FieldByIndex(line.Index).SetInt(int64(n.Line))
		}
		if n.Kind != yaml.MappingNode || v.CanAddr() && v.Addr().Type().Implements(unmarshaler) {
			return
		}
		known := fieldsOf(v.Type())
		for i := 0; i+1 < len(n.Content); i += 2 {
			if f, ok := known[n.Content[i].Value]; ok {
				setLines(n.Content[i+1], v.FieldByIndex(f.Index))
			}
		}
	case reflect.Slice:
		for i := 0; n.Kind == yaml.SequenceNode && i < len(n.Content) && i < v.Len(); i++ {
			setLines(n.Content[i], v.Index(i))
		}
	}
}
