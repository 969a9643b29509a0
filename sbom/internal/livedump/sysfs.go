package livedump

import (
	"fmt"
	"path"
	"strings"
)

// properties reads the lines of getprop: "[name]: [value]". A value may go over
// several lines, which are left out.
func properties(text string) (map[string]string, error) {
	props := map[string]string{}
	for i, line := range lines(text) {
		if len(line) > maxLine {
			return nil, fmt.Errorf("getprop: line %d has more than %d bytes", i+1, maxLine)
		}
		name, value, ok := strings.Cut(line, "]: [")
		if !ok || !strings.HasPrefix(name, "[") || !strings.HasSuffix(value, "]") {
			continue
		}
		props[name[1:]] = clean(strings.TrimSuffix(value, "]"))
	}
	return props, nil
}

// sysfs reads the records.
func (d *Dump) sysfs(text string) error {
	record := map[string]string{}
	kind, at, records := "", "", 0
	end := func() error {
		if kind == "" {
			return nil
		}
		if records++; records > maxRecords {
			return fmt.Errorf("sysfs: more than %d records", maxRecords)
		}
		d.add(kind, at, record)
		kind, record = "", map[string]string{}
		return nil
	}
	for i, line := range lines(text) {
		switch {
		case len(line) > maxLine:
			return fmt.Errorf("sysfs: line %d has more than %d bytes", i+1, maxLine)
		case line == "":
			if err := end(); err != nil {
				return err
			}
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || key == "" {
			return fmt.Errorf("sysfs: line %d is not key=value", i+1)
		}
		if kind == "" {
			if !strings.HasPrefix(value, "/sys/") {
				return fmt.Errorf("sysfs: line %d: a record begins with a path in /sys, not %.80q", i+1, value)
			}
			kind, at = key, clean(value)
			continue
		}
		if _, twice := record[key]; !twice {
			record[key] = clean(value)
		}
	}
	return end()
}

func (d *Dump) add(kind, at string, r map[string]string) {
	switch kind {
	case "device":
		d.Devices = append(d.Devices, Device{Path: at, Bus: r["bus"], Name: path.Base(at), Driver: r["driver"], Node: node(r["of_node"])})
	case "soc":
		for k, v := range r {
			d.SoC[k] = v
		}
	case "block":
		d.Blocks = append(d.Blocks, Block{Path: at, Vendor: r["vendor"], Model: r["model"], Node: node(r["of_node"]), Removable: r["removable"] == "1"})
	case "supply":
		d.Supplies = append(d.Supplies, Supply{Path: at, Type: r["type"], Technology: r["technology"], Present: r["present"]})
	}
}

// node gives the path in the device tree of a link's target in sysfs.
func node(target string) string {
	for _, root := range []string{"/sys/firmware/devicetree/base", "/firmware/devicetree/base", "/proc/device-tree"} {
		if _, rest, ok := strings.Cut(target, root); ok {
			switch {
			case rest == "":
				return "/"
			case rest[0] == '/': // and not a longer name, "base2"
				return rest
			}
		}
	}
	return ""
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\r\n", "\n"), "\n")
}

// clean leaves out what is not printable, and the spaces around the rest: fields
// of SCSI devices are padded.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, s))
}
