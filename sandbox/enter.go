package sandbox

import (
	"context"
	"encoding/json"
	"os"

	"dashmp/policy"
)

// EnterOptions are what the role program knows of itself.
type EnterOptions struct {
	// Role is the only role that this program accepts.
	Role policy.Role
	// Build must equal the grant's; "" accepts every build (tests).
	Build string
	// Warm is called before the lock-down for what this role's packages do
	// lazily with calls that the filter forbids; may be nil.
	Warm func() error
}

// Boot is a process that has entered its sandbox.
type Boot struct {
	// Role is EnterOptions.Role, or policy.Echo if Foreign.
	Role  policy.Role
	Build string
	Mode  Mode
	// Config is the grant's; nil if Foreign.
	Config json.RawMessage
	// Files are the granted descriptors by name, close-on-exec.
	Files map[string]*os.File
	// Socket is the IPC socket (non-blocking, close-on-exec). The next bytes on
	// it are Cap'n Proto's.
	Socket *os.File
	// Foreign: the parent sent no grant; serve Init and Echo only.
	Foreign bool
	Report  SelfReport
}

// Enter takes the process from exec to its sandbox; fd is the N of "-ipcfd N".
// When it returns without an error the sandbox is on and checked, and the ready
// report has been sent. On an error the process must exit with ExitCode(err)
// and serve nothing; the supervisor has been told the reason if that was
// possible, and the caller prints it to stderr.
func Enter(ctx context.Context, fd int, o EnterOptions) (*Boot, error) { return nil, errUnbuilt }

// CheckFD checks a received descriptor against its class: type, access mode,
// direction and seals. It neither closes nor changes fd. The error says what is
// wrong and matches LayerDescriptors. It makes only calls that every filter
// with the part "receive-descriptors" allows.
func CheckFD(class policy.FDClass, fd int) error { return errUnbuilt }
