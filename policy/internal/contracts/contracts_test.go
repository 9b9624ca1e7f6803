package contracts

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"dashmp/ipc"
	"dashmp/node"
	"dashmp/policy"
	"dashmp/sandbox/broker"
	"dashmp/wallet"
)

// contracts are the interfaces that the process graph and the manifest name.
func contracts() map[string]reflect.Type {
	return map[string]reflect.Type{
		"ipc.Init": reflect.TypeFor[ipc.Init](), "ipc.Echo": reflect.TypeFor[ipc.Echo](),
		"node.Node": reflect.TypeFor[node.Node](), "node.Chain": reflect.TypeFor[node.Chain](),
		"node.Notifications": reflect.TypeFor[node.Notifications](),
		"wallet.Loader":      reflect.TypeFor[wallet.Loader](),
		"wallet.SecretBox":   reflect.TypeFor[wallet.SecretBox](),
		"wallet.Signer":      reflect.TypeFor[wallet.Signer](),
		"broker.Core":        reflect.TypeFor[broker.Core](), "broker.RPC": reflect.TypeFor[broker.RPC](),
		"broker.Wallet": reflect.TypeFor[broker.Wallet](), "broker.Signer": reflect.TypeFor[broker.Signer](),
		"broker.Role": reflect.TypeFor[broker.Role](),
	}
}

func TestGraphNamesContracts(t *testing.T) {
	for _, e := range policy.Graph() {
		for _, name := range append(slices.Clone(e.Interfaces), e.Callbacks...) {
			if contracts()[name] == nil {
				t.Errorf("%s to %s: no contract %s", e.From, e.To, name)
			}
		}
	}
}

func TestManifestNamesContracts(t *testing.T) {
	for _, spec := range policy.All() {
		for _, c := range append(slices.Clone(spec.Boot), spec.Dynamic...) {
			checkSource(t, spec, c)
		}
	}
}

// checkSource checks that the verb or argument that a class comes from exists.
func checkSource(t *testing.T, spec *policy.Spec, c policy.FDClass) {
	t.Helper()
	kind, what, _ := strings.Cut(c.Source, ":")
	switch kind {
	case "broker":
		e, _ := policy.EdgeBetween(spec.Role, policy.Supervisor)
		for _, verb := range strings.Split(what, ",") {
			found := slices.ContainsFunc(e.Interfaces, func(name string) bool {
				_, ok := contracts()[name].MethodByName(verb)
				return ok
			})
			if !found {
				t.Errorf("%s: %s: its broker has no verb %s", spec.Role, c.Name, verb)
			}
		}
	case "argument", "result":
		iface, method, _ := strings.Cut(what, ".")
		_, ok := contracts()["wallet."+iface].MethodByName(strings.ToUpper(method[:1]) + method[1:])
		if !ok {
			t.Errorf("%s: %s: no method %s", spec.Role, c.Name, what)
		}
	case "self":
		if !slices.ContainsFunc(spec.Rules(), func(r policy.Rule) bool { return r.Syscall == what }) {
			t.Errorf("%s: %s: no rule for %s", spec.Role, c.Name, what)
		}
	}
}
