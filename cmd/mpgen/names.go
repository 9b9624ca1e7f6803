package main

import (
	"go/token"
	"go/types"
	"strings"
	"unicode"
)

// lowerCamel turns a Go name into the schema's: the leading run of capitals is
// lowered, but for its last letter where that begins a word.
// ExecuteRPC → executeRPC, RPCRequest → rpcRequest, ID → id.
func lowerCamel(name string) string {
	r := []rune(name)
	n := 0
	for n < len(r) && unicode.IsUpper(r[n]) {
		n++
	}
	if n > 1 && n < len(r) && unicode.IsLower(r[n]) {
		n--
	}
	return strings.ToLower(string(r[:n])) + string(r[n:])
}

// upperFirst makes an exported name of a schema name.
func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func lowerFirst(s string) string { return lowerCamel(s) }

// locals are the names that the templates use; a parameter or result of that
// name gets an underscore.
var locals = map[string]bool{
	"x": true, "call": true, "c": true, "p": true, "q": true, "rd": true, "wr": true,
	"err": true, "ctx": true, "impl": true, "v": true, "ok": true, "st": true,
}

// localNames are the names of a method's parameters and results in generated
// code, apart from the templates' names, predeclared ones and packages.
func localNames(sig *types.Signature, packages map[string]string) (params, results []string) {
	taken := map[string]bool{}
	for _, name := range packages {
		taken[name] = true
	}
	pick := func(name string) string {
		for taken[name] || locals[name] || isLoopName(name) || types.Universe.Lookup(name) != nil || token.IsKeyword(name) {
			name += "_"
		}
		taken[name] = true
		return name
	}
	params = append(params, "ctx")
	for i := 1; i < sig.Params().Len(); i++ {
		params = append(params, pick(sig.Params().At(i).Name()))
	}
	for i := range sig.Results().Len() - 1 {
		name := sig.Results().At(i).Name()
		if name == "" || name == "_" {
			name = "result"
		}
		results = append(results, pick(name))
	}
	return params, append(results, "err")
}

// isLoopName matches the variables of the templates' loops: i0, l1, e2.
func isLoopName(s string) bool {
	return len(s) > 1 && strings.ContainsRune("ile", rune(s[0])) && strings.Trim(s[1:], "0123456789") == ""
}
