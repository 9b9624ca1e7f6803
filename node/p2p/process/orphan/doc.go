// Package orphan keeps transactions whose parents are not known yet.
//
// Bounds: the sum of their encodings is at most the limit given to Limit
// (-maxorphantxsize, 10 MB by default), each is at most 100,000 bytes long, and
// each is dropped after 20 minutes. What is dropped when there are too many is
// chosen at random, so that nobody can push out a certain one. A Pool is not
// safe for concurrent use.
//
// Source: TxOrphanage in Dash Core's src/txorphanage.cpp.
package orphan
