// Package auditlog reads the kernel's records of seccomp kills (audit type
// 1326), from the audit multicast group or from the kernel log.
//
// The audit group needs CAP_AUDIT_READ, the log needs read access to /dev/kmsg;
// no audit daemon is needed for either. A record carries the call's number and
// architecture, not its arguments.
//
// The text of a record holds the name of the process, which the process chose:
// the kernel quotes it or writes it in hex, and the parser takes only that
// form, so that a name cannot fake a field.
//
// Parsers take bytes and open nothing. A Source is used by one goroutine, save
// Close, which may come from another.
package auditlog
