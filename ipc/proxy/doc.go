// Package proxy is the folder of the generated proxies, one package for each
// schema file in ipc/schema. It has no code of its own; its tests put all of
// the generated handlers in front of a hostile peer.
//
// In one process nobody imports these packages. Across processes a component
// is given an XClient where it expects an interface X, and the main program
// offers NewXObject(component) to the peer:
//
//	component ── X ── XClient ── ipc.Conn ══ socket ══ ipc.Conn ── XObject ── X ── component
//
// What the generated code promises, and what becomes of references, secrets
// and descriptors, is written down in internal/wire; how a Go type is carried,
// in cmd/mpgen. hack/generate writes the packages.
package proxy
