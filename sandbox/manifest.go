package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"dashmp/policy"
	"dashmp/sandbox/internal/fdinfo"
)

// CheckFD checks a received descriptor against its class: type, access mode,
// direction and seals. It neither closes nor changes fd. The error says what is
// wrong and matches LayerDescriptors. It makes only calls that every filter
// with the part "receive-descriptors" allows, and so cannot tell a pipe from a
// named FIFO nor TCP from MPTCP; boot descriptors are checked for that too.
func CheckFD(class policy.FDClass, fd int) error {
	if _, err := fdinfo.Check(class, fd); err != nil {
		return descriptorError(err)
	}
	return nil
}

func descriptorError(err error) error {
	return &LayerError{
		Layer: LayerDescriptors, Err: err,
		Hint: "every program must be of the same build; if they are, report this as a bug",
	}
}

// manifest assigns every open descriptor of a process to an entry of its role's
// boot list.
type manifest struct {
	spec *policy.Spec
	// taken is what has been assigned, by descriptor.
	taken map[int]Descriptor
}

// checkManifest compares all open descriptors with the manifest: the fixed
// ones, those of the grant by name, and those of the Go runtime. It returns
// them in ascending order, or the first contradiction.
func checkManifest(spec *policy.Spec, open []int, socket int, names []string, fds []int) ([]Descriptor, error) {
	m := manifest{spec: spec, taken: make(map[int]Descriptor)}
	exec := map[string]int{"stdin": 0, "stdout": 1, "stderr": 2, "ipc": socket}
	for _, class := range spec.Boot {
		if class.Source != "exec" {
			continue
		}
		fd, ok := exec[class.Name]
		if !ok {
			return nil, fmt.Errorf("manifest of %s: unknown fixed entry %q", spec.Role, class.Name)
		}
		if err := m.assign(class, class.Name, fd); err != nil {
			return nil, err
		}
	}
	if err := m.granted(names, fds); err != nil {
		return nil, err
	}
	if err := m.runtime(open); err != nil {
		return nil, err
	}
	return m.complete(open)
}

// assign checks fd against the class and books it under the name.
func (m *manifest) assign(class policy.FDClass, name string, fd int) error {
	if old, ok := m.taken[fd]; ok {
		return fmt.Errorf("descriptor %d is both %q and %q", fd, old.Name, name)
	}
	if _, err := fdinfo.CheckStrict(class, fd); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	m.taken[fd] = Descriptor{FD: fd, Name: name, Kind: class.Kind, Access: class.Access, Target: fdinfo.Link(fd)}
	return nil
}

// granted books the descriptors of the grant, whose names are unique already.
func (m *manifest) granted(names []string, fds []int) error {
	count := make(map[string]int)
	for i, name := range names {
		class, index, ok := m.class(name)
		if !ok {
			return fmt.Errorf("%q is not in the manifest of %s", name, m.spec.Role)
		}
		if index != count[class.Name] {
			return fmt.Errorf("%q: number %d is due", name, count[class.Name])
		}
		count[class.Name]++
		if err := m.assign(class, name, fds[i]); err != nil {
			return err
		}
	}
	for _, class := range m.spec.Boot {
		if class.Source != "grant" {
			continue
		}
		if n := count[class.Name]; n < class.Min || n > class.Max {
			return fmt.Errorf("%q: %d descriptors, must be %d to %d", class.Name, n, class.Min, class.Max)
		}
	}
	return nil
}

// optionPrefix marks the descriptor of a secret option.
const optionPrefix = "option/"

// class finds the entry that a name in a grant belongs to and its number in it.
func (m *manifest) class(name string) (policy.FDClass, int, bool) {
	if opt, ok := strings.CutPrefix(name, optionPrefix); ok {
		secret := slices.ContainsFunc(m.spec.Options, func(o policy.Option) bool {
			return o.Secret && o.Name == opt
		})
		return policy.FDClass{
			Name: name, Kind: policy.KindSecretMem, Access: policy.ReadWrite,
			Max: 1, Seals: policy.SealResize, Source: "grant",
		}, 0, secret
	}
	for _, c := range m.spec.Boot {
		if c.Source != "grant" {
			continue
		}
		if c.Max == 1 && c.Name == name {
			return c, 0, true
		}
		if rest, ok := strings.CutPrefix(name, c.Name+"/"); ok && c.Max > 1 {
			n, err := strconv.Atoi(rest)
			if err == nil && n >= 0 && n < c.Max && strconv.Itoa(n) == rest {
				return c, n, true
			}
		}
	}
	return policy.FDClass{}, 0, false
}

// runtime books the descriptors that the Go runtime opened by itself.
func (m *manifest) runtime(open []int) error {
	for _, class := range m.spec.Boot {
		if class.Source != "runtime" {
			continue
		}
		n := 0
		for _, fd := range open {
			if _, ok := m.taken[fd]; ok || fdinfo.RuntimeName(fd) != class.Name {
				continue
			}
			if err := m.assign(class, class.Name, fd); err != nil {
				return err
			}
			n++
		}
		if n < class.Min || n > class.Max {
			return fmt.Errorf("%q of the Go runtime: %d descriptors, must be %d to %d", class.Name, n, class.Min, class.Max)
		}
	}
	return nil
}

// complete refuses what nobody has booked, and what a program started later
// could inherit.
func (m *manifest) complete(open []int) ([]Descriptor, error) {
	var all []Descriptor
	for _, fd := range open {
		d, ok := m.taken[fd]
		if !ok {
			return nil, fmt.Errorf("descriptor %d (%s) is not in the manifest of %s", fd, fdinfo.Link(fd), m.spec.Role)
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || (fd > 2 && flags&unix.FD_CLOEXEC == 0) {
			return nil, fmt.Errorf("descriptor %d (%s) is not close-on-exec", fd, d.Name)
		}
		all = append(all, d)
	}
	if len(all) != len(m.taken) {
		return nil, fmt.Errorf("%d descriptors are open, the manifest has %d", len(all), len(m.taken))
	}
	return all, nil
}
