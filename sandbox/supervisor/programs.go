package supervisor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox/broker/host"
)

// Program is a role's program, opened once: a restart executes the same file,
// whatever has become of its name.
type Program struct {
	Path string
	File *os.File
}

// ProgramDirs are where the role programs may lie: beside the supervisor's own
// program, or in the libexec directory next to its bin directory.
func ProgramDirs(executable string) []string {
	dir := filepath.Dir(executable)
	return []string{dir, filepath.Join(filepath.Dir(dir), "libexec", "dash")}
}

// OpenPrograms opens the programs of the roles. The error names all that are
// missing in one line.
func OpenPrograms(dirs []string, roles []policy.Role) (map[policy.Role]Program, error) {
	found := map[policy.Role]Program{}
	var missing []string
	for _, r := range roles {
		spec, ok := policy.Get(r)
		if !ok {
			return nil, fmt.Errorf("no role %q", r)
		}
		p, err := openProgram(dirs, spec.Program)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, spec.Program)
		case err != nil:
			closePrograms(found)
			return nil, err
		default:
			found[r] = p
		}
	}
	if len(missing) > 0 {
		closePrograms(found)
		return nil, host.Sayf("Cannot find %s in %s; hint: install all programs of one build together",
			strings.Join(missing, ", "), strings.Join(dirs, " or "))
	}
	return found, nil
}

func openProgram(dirs []string, name string) (Program, error) {
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return Program{}, host.Sayf("Cannot open the program %s: %w", path, err)
		}
		st, err := f.Stat()
		if err == nil && (!st.Mode().IsRegular() || st.Mode().Perm()&0o111 == 0) {
			err = fmt.Errorf("not an executable file")
		}
		if err != nil {
			f.Close()
			return Program{}, host.Sayf("Cannot use the program %s: %w", path, err)
		}
		return Program{path, f}, nil
	}
	return Program{}, fs.ErrNotExist
}

func closePrograms(all map[policy.Role]Program) {
	for _, p := range all {
		p.File.Close()
	}
}
