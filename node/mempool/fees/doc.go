// Package fees estimates which fee rate a transaction needs to be mined within a
// number of blocks, from how long those took that the mempool saw.
//
//	mempool ── Entered, Block, Remove ──► Estimator ──► Smart, Raw
//	                                        │  ▲
//	                              Append ◄──┘  └── Decode    fee_estimates.dat
//
// Transactions are counted in buckets by fee rate, over three horizons with
// their own decay: short, medium and long. An estimate is the median of the
// lowest range of buckets of which enough transactions were mined in time. The
// algorithm is that of Dash Core's src/policy/fees.cpp, and so are the results,
// bit for bit, and the format of the file.
//
// # Invariants
//
// A file that does not decode changes nothing. Numbers of elements are checked
// before allocation.
//
// # What it must not do
//
// Open files, look at the chain or at the mempool.
//
// # Concurrency
//
// An Estimator is safe for concurrent use.
package fees
