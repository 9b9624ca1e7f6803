// Package fdinfo says what a descriptor is: its kind, its access mode, its
// seals, and whether that is what a class of the manifest demands.
//
// Probe and Check make only the calls fstat, fcntl(F_GETFL, F_GET_SEALS),
// getsockopt(SO_DOMAIN, SO_TYPE, SO_ACCEPTCONN) and pread64, which every role's
// filter allows, so they work before and after the lock-down. CheckStrict,
// Link and Own need /proc and more calls and work only before it.
//
// The package changes no descriptor and holds no state.
package fdinfo
