// Package functional holds the runner of Dash Core's functional suite, which
// hack/functional starts, and the data to compare with; see SOURCE.
//
//	run.py     command line, what a run is made of, order of the tests
//	suite.py   the entries of a source tree, categories, baseline
//	job.py     one test as a process: start, time-out, leftovers, reason
//	report.py  results, table by category, comparison
//	dashhash   X11 as the Python module that the suite imports
//
// The runner reads the tree's lists as data and starts its scripts, each with a
// configuration, a port seed and a directory of its own. It never writes into
// the tree, and ends only processes that carry the tag of one of its own jobs.
package functional
