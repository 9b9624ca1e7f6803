// Package arith is unsigned arithmetic modulo 2^256, the numbers of targets and
// chain work, with the same wrap-around, rounding and compact form as Dash
// Core's arith_uint256.
//
// It knows no rule of consensus: what a valid target is, node/pow says. It is
// not constant-time and must not see secrets. Values are plain arrays; all
// functions are pure and safe for concurrent use.
package arith
