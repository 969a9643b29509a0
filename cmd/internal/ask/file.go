package ask

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Stdin is the name of standard input where a BOM is wanted.
const Stdin = "-"

// ReadInput reads a regular file as [ReadFile] does, or stdin if its name is
// "-".
func ReadInput(stdin io.Reader, name string, limit int64) ([]byte, error) {
	if name != Stdin {
		return ReadFile(name, limit)
	}
	data, err := io.ReadAll(io.LimitReader(stdin, limit+1))
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("standard input: larger than the limit of %d bytes", limit)
	}
	return data, nil
}

// NotStdin refuses the name "-" where a file or folder must have a name: others
// are found beside it, or it is read more than once.
func NotStdin(name string) error {
	if name == Stdin {
		return errors.New("- is standard input or output, and a named file or folder is wanted here: give its name (./- if it is so called)")
	}
	return nil
}

// ReadFile opens a file once and reads all of it. Links are followed; what they
// lead to must be a regular file of at most limit bytes. It does not wait for a
// pipe to be written.
func ReadFile(name string, limit int64) ([]byte, error) {
	if err := NotStdin(name); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, openError(name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, openError(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, openError(name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: larger than the limit of %d bytes", name, limit)
	}
	return data, nil
}

// openError says "name: no such file" and not "open name: no such file".
func openError(name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}
