// Package look tells tests what the kernel shows of processes, and what a log
// would do to who reads it.
//
// It only reads. What has gone meanwhile is nothing, not an error: a test that
// looks at a tree does so while processes of it end.
//
// No program of an installation links it.
package look
