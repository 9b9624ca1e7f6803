// Package fdsock is a unix stream socket that carries descriptors.
//
// Where rights are wanted, every read is a recvmsg with MSG_CMSG_CLOEXEC, since
// a plain read lets the kernel drop them. Where none are, that is just what a
// plain read is for: no descriptor gets into the process. Every write is one
// sendmsg, or without rights one write, and never blocks. The socket belongs to Go's poller: Recv parks its goroutine there.
//
// One goroutine at a time may be in Recv and one in Send or SendWait; Kick and
// Close may be called at any time. Recv and Send use only recvmsg, sendmsg, read,
// write and what the poller uses, so that they work behind a narrow seccomp
// filter.
//
// Rights travel with the first byte of a sendmsg, and the kernel never lets a
// recvmsg read beyond the buffer that carried rights. The rights of a recvmsg
// therefore belong to whatever message holds the last byte it returned.
package fdsock
