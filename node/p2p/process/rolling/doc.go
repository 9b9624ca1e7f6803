// Package rolling is a set of byte strings that forgets: it remembers the last
// n that were added, and with a small probability believes to have seen others.
//
// It takes memory only from the first Add on: about 3.3 bytes per element and
// decimal digit of the probability, twice that for the generations. Each filter
// has a seed of its own, so that nobody can foresee its errors. A Filter is not
// safe for concurrent use.
//
// Source of the idea: CRollingBloomFilter in Dash Core's src/common/bloom.cpp.
package rolling
