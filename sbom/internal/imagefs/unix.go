package imagefs

import "io/fs"

// Mode turns the mode of a Unix inode into that of Go. Unknown types are
// irregular.
func Mode(m uint32) fs.FileMode {
	mode := fs.FileMode(m & 0o777)
	for _, b := range []struct {
		unix uint32
		mode fs.FileMode
	}{{0o4000, fs.ModeSetuid}, {0o2000, fs.ModeSetgid}, {0o1000, fs.ModeSticky}} {
		if m&b.unix != 0 {
			mode |= b.mode
		}
	}
	switch m & 0o170000 {
	case 0o100000:
		return mode
	case 0o040000:
		return mode | fs.ModeDir
	case 0o120000:
		return mode | fs.ModeSymlink
	case 0o060000:
		return mode | fs.ModeDevice
	case 0o020000:
		return mode | fs.ModeDevice | fs.ModeCharDevice
	case 0o010000:
		return mode | fs.ModeNamedPipe
	case 0o140000:
		return mode | fs.ModeSocket
	}
	return mode | fs.ModeIrregular
}
