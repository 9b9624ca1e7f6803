package main

// netinfoHelp is what "-netinfo help" prints. It names the columns that Dash
// Core's dash-cli has.
const netinfoHelp = `-netinfo [level|help]

Shows how the node is connected, for people: the form may change at any time.
It is made of getpeerinfo and getnetworkinfo. Only the first argument counts.

Arguments:
1. level (a number, default 0; more than 4 means 4)
       0 - how many peers there are per network, and the node's own addresses
       1 - before that a list of the peers
       2 - as 1, with the peers' addresses
       3 - as 1, with the peers' versions
       4 - as 1, with both
2. help  This text

The list of peers has those that connected to the node first, and is then
ordered by the smallest ping time:

  <->      in (the peer connected to us) or out (we connected to it)
  type     full   - an ordinary connection
           block  - blocks only, neither transactions nor addresses
           manual - asked for by addnode, -addnode or -connect
           feeler - short, to see whether an address answers
           addr   - short, to ask for addresses
  net      ipv4, ipv6, onion, i2p, cjdns, or npr for one that is not public
  v        version of the transport protocol
  mping    smallest ping time in milliseconds
  ping     last ping time in milliseconds
  send     seconds since the last message to the peer
  recv     seconds since the last message from it
  txn      minutes since its last transaction that was new and accepted;
           "*" if transactions are not relayed to it
  blk      minutes since its last block that was new and passed the first checks
  hb       high-bandwidth compact blocks (BIP152):
           "." if we chose the peer, "*" if it chose us
  addrp    addresses taken from it; "." if none are relayed to it
  addrl    addresses dropped because there were too many at a time
  age      minutes since the connection was made
  asmap    number of the autonomous system (with -asmap only)
  id       the node's number for the peer
  address  address and port
  version  protocol version and user agent, as in "70238/Dash Core:23.1.2/"

The table below has the networks that can be reached, with an extra column each
for block-only and manual peers. Then follow the node's own addresses with their
ports and scores.

Examples:
> dash-cli -netinfo
> dash-cli -netinfo 1
> dash-cli -netinfo 4
> watch --interval 1 --no-title dash-cli -netinfo 4
`
