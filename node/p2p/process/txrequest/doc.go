// Package txrequest decides which announced object is asked of which peer, and
// when: transactions, and the other objects that Dash announces by inventory.
//
// An object is asked of one peer at a time. Preferred peers have a head
// start of two seconds, so that nobody can keep a transaction from this node by
// connecting to it; after a minute without an answer the next
// peer that announced it is asked. What was delivered is not asked for again.
//
// Bounds: a peer has at most 100,000 announcements and 100 requests under way
// (about 20 MB if it announces that many); what was asked for and delivered is
// remembered for 50,000 to 100,000 objects.
//
// Nothing here is safe for concurrent use.
//
// Source: ObjectDownloadState and the functions around it in Dash Core's
// src/net_processing.cpp.
package txrequest
