// Package hostfiles lets options.Parse read the real file system. It is apart
// so that package options itself imports no os. Only programs that a user
// starts use it; a sandboxed role never reads configuration files.
package hostfiles

import (
	"fmt"
	"io"
	"os"

	"dashmp/node/options"
)

// Reader is an options.FileReader of the machine it runs on.
type Reader struct{ home, workDir string }

// New returns a Reader for the environment variable HOME and the working
// directory.
func New() (*Reader, error) {
	wd, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("working directory: %w", err)
	}
	return &Reader{home: os.Getenv("HOME"), workDir: wd}, nil
}

// ReadFile returns a regular file of at most options.MaxFileBytes bytes.
func (r *Reader) ReadFile(path string) ([]byte, error) {
	// A FIFO would block the open; what is not regular is refused before it.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "read", Path: path, Err: fmt.Errorf("not a regular file")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, options.MaxFileBytes+1))
	if err == nil && len(data) > options.MaxFileBytes {
		err = &os.PathError{Op: "read", Path: path, Err: fmt.Errorf("longer than %d bytes", options.MaxFileBytes)}
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}

// IsDir reports whether path is a directory, following symlinks.
func (r *Reader) IsDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// HomeDir returns the directory that HOME names, "" if it is unset.
func (r *Reader) HomeDir() string { return r.home }

// WorkDir returns the working directory at the time of New.
func (r *Reader) WorkDir() string { return r.workDir }
