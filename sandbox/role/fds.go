package role

import (
	"slices"
	"strings"

	"dashmp/ipc"
	"dashmp/policy"
	"dashmp/sandbox"
)

// checkFD returns the judge of the descriptors that a peer sends: one that is
// of none of the dynamic classes which may come from there is refused, and the
// connection with it. How many may be held is the connection's limit.
func (r *runtime) checkFD(peer policy.Role) func(string, ipc.FD) error {
	allowed := dynamicClasses(r.spec, peer)
	return func(class string, f ipc.FD) error {
		return f.Look(func(fd int) error {
			err := ipc.Errorf(ipc.ErrDescriptor, "%s takes no %s from %s", r.role, class, peer)
			for _, c := range allowed {
				if ipcClass(c) != class {
					continue
				}
				if err = sandbox.CheckFD(c, fd); err == nil {
					return nil
				}
			}
			return err
		})
	}
}

// dynamicClasses are the classes that may arrive from a peer: those that name a
// verb of the broker from the supervisor, those that name an argument from a
// sibling, those that name a result from the sibling that is asked. Bulk data comes from siblings only, and only to a role that can make
// it itself.
func dynamicClasses(spec *policy.Spec, peer policy.Role) []policy.FDClass {
	var list []policy.FDClass
	for _, c := range spec.Dynamic {
		fromSupervisor := strings.HasPrefix(c.Source, "broker:") || strings.HasPrefix(c.Source, "supervisor:")
		fromSibling := strings.HasPrefix(c.Source, "argument:") || c.Kind == policy.KindMemfd
		if (peer == policy.Supervisor && fromSupervisor) || (peer != policy.Supervisor && fromSibling) || isResult(spec.Role, peer, c.Source) {
			list = append(list, c)
		}
	}
	return list
}

// isResult reports whether a class comes as the result of a call that the role
// may make to the peer: "result:SecretBox.take".
func isResult(r, peer policy.Role, source string) bool {
	call, ok := strings.CutPrefix(source, "result:")
	if !ok {
		return false
	}
	name, _, _ := strings.Cut(call, ".")
	e, ok := policy.EdgeBetween(r, peer)
	return ok && slices.ContainsFunc(e.Interfaces, func(i string) bool { return strings.HasSuffix(i, "."+name) })
}

// ipcClass is the class that package ipc gives a descriptor of that kind.
func ipcClass(c policy.FDClass) string {
	switch c.Kind {
	case policy.KindSecretMem:
		return ipc.ClassSecret
	case policy.KindMemfd:
		return ipc.ClassBulk
	}
	return ipc.ClassFD
}
