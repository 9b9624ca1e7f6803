// Command dashhash is the X11 hash of node/x11 as a C shared library. The
// functional suite of Dash Core imports a Python module dash_hash with one
// function, getPoWHash; dash_hash.py beside this file is that module on top of
// the library, and hack/functional builds both into a temporary directory.
//
// It is a tool for tests: no program of the node links it. The library keeps
// no state and may be called from any thread; it retains neither pointer.
package main
