package rpc

import (
	"strings"

	"dashmp/node/rpc/univalue"
)

// Whitelist restricts users to methods (-rpcwhitelist).
type Whitelist struct {
	users map[string]map[string]bool
	// refuseOthers: users without a list may call nothing.
	refuseOthers bool
}

// NewWhitelist reads values of -rpcwhitelist: "user:method,method". A user that
// is named more than once may call what all its lists have in common; one
// without a colon may call nothing. refuseOthers is -rpcwhitelistdefault, whose
// own default is whether there is any list.
func NewWhitelist(values []string, refuseOthers bool) *Whitelist {
	w := &Whitelist{users: map[string]map[string]bool{}, refuseOthers: refuseOthers}
	for _, v := range values {
		user, list, hasList := strings.Cut(v, ":")
		old, again := w.users[user]
		if old == nil {
			old = map[string]bool{}
		}
		w.users[user] = old
		if !hasList {
			continue
		}
		methods := map[string]bool{}
		for _, m := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
			methods[m] = !again || old[m]
		}
		w.users[user] = methods
	}
	return w
}

// refuses reports whether the user may call nothing at all.
func (w *Whitelist) refuses(user string) bool {
	if w == nil || !w.refuseOthers {
		return false
	}
	_, ok := w.users[user]
	return !ok
}

// permits reports whether the user may make the call. A composite command is
// listed as command and subcommand written together.
func (w *Whitelist) permits(user, method string, params univalue.Value) bool {
	if w == nil {
		return true
	}
	list, ok := w.users[user]
	if !ok || list[method] {
		return true
	}
	for v := range params.Elements() {
		return v.Kind() == univalue.String && len(v.Raw()) <= 64 && list[method+v.Text()]
	}
	return false
}
