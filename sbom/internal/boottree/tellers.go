package boottree

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// text reads a file of settings by a path that may lead through links.
func (f *finder) text(p string) (string, bool) {
	at, err := f.resolve(p)
	if err != nil || !f.isFile(at) {
		return "", false
	}
	data, err := f.read(at, maxText)
	return string(data), err == nil
}

// both are a path in a root and in a boot partition.
func both(p string) []string { return []string{path.Join("boot", p), p} }

// extlinux reads the configuration of U-Boot's distro boot and syslinux: what the
// default label names, else the first.
func extlinux(f *finder) []told {
	var out []told
	for _, p := range append(both("extlinux/extlinux.conf"), "boot/extlinux.conf") {
		if text, ok := f.text(p); ok {
			if t := parseExtlinux(p, text); t.tree != "" {
				out = append(out, t)
			}
		}
	}
	return out
}

func parseExtlinux(file, text string) told {
	labels := map[string]*told{}
	var first, chosen string
	var open *told
	n := 0
	for line := range strings.Lines(text) {
		n++
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		value = strings.TrimSpace(value)
		switch key = strings.ToLower(key); {
		case key == "default":
			chosen = value
		case key == "label":
			if first == "" {
				first = value
			}
			open = &told{}
			labels[value] = open
		case open == nil:
		case key == "fdt" || key == "devicetree":
			open.tree, open.by = value, fmt.Sprintf("%s line %d", file, n)
		case key == "fdtoverlays" || key == "devicetree-overlay":
			open.overlays = strings.Fields(value)
		case key == "append":
			open.commandLine = value
		}
	}
	if t := labels[chosen]; t != nil {
		return *t
	}
	if t := labels[first]; t != nil && chosen == "" {
		return *t
	}
	return told{}
}

// entries reads those of the Boot Loader Specification. Where they name different
// trees, which one boots is not told.
func entries(f *finder) []told {
	var out []told
	for _, dir := range both("loader/entries") {
		at, err := f.resolve(dir)
		if err != nil {
			continue
		}
		es, err := fs.ReadDir(f.root, at)
		if err != nil {
			continue
		}
		for _, e := range es {
			p := path.Join(at, e.Name())
			text, ok := f.text(p)
			if path.Ext(p) != ".conf" || !ok {
				continue
			}
			t := told{by: p}
			for line := range strings.Lines(text) {
				key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
				switch value = strings.TrimSpace(value); key {
				case "devicetree":
					t.tree = value
				case "devicetree-overlay":
					t.overlays = strings.Fields(value)
				case "options":
					t.commandLine = strings.TrimSpace(t.commandLine + " " + value)
				}
			}
			if t.tree != "" {
				out = append(out, t)
			}
		}
	}
	for _, t := range out {
		if t.tree != out[0].tree || strings.Join(t.overlays, " ") != strings.Join(out[0].overlays, " ") {
			return nil
		}
	}
	return out[:min(len(out), 1)]
}

// environment reads what U-Boot imports as its environment.
func environment(f *finder) []told {
	var out []told
	for _, name := range []string{"uEnv.txt", "armbianEnv.txt", "env.txt"} {
		for _, p := range both(name) {
			text, ok := f.text(p)
			if !ok {
				continue
			}
			if v := setting(text, "fdtfile", "fdt_file", "dtb", "fdt"); v != "" {
				out = append(out, told{by: p, tree: v})
			}
		}
	}
	return out
}

// deviceInfo reads what postmarketOS says of the phone that an image is for. One
// that lists several trees is for several phones.
func deviceInfo(f *finder) []told {
	for _, p := range []string{"etc/deviceinfo", "usr/share/deviceinfo/deviceinfo", "boot/deviceinfo"} {
		text, ok := f.text(p)
		if !ok {
			continue
		}
		if names := strings.Fields(setting(text, "deviceinfo_dtb")); len(names) == 1 && !strings.ContainsAny(names[0], "*?[") {
			return []told{{by: p, tree: names[0]}}
		}
	}
	return nil
}

// bootDTB takes the name that is given to the tree of the board itself.
func bootDTB(f *finder) []told {
	for _, p := range both("dtb") {
		if at, err := f.resolve(p); err == nil && f.isFile(at) {
			return []told{{by: p, tree: p}}
		}
	}
	return nil
}

// setting is the value of the first of the keys that is set, without quotes. Of
// a key that is set twice the last counts, as for a shell.
func setting(text string, keys ...string) string {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(key, "#") {
			values[strings.TrimSpace(key)] = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	for _, k := range keys {
		if v := values[k]; v != "" {
			return v
		}
	}
	return ""
}
