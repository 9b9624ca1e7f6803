// Package options is the one option table of the project and the parser for
// everything an operator writes: command lines, dash.conf and settings.json.
// Parsing, -help, and whatever else describes options (manual pages, shell
// completion) come from the same rows, so that they cannot disagree.
//
// The rules are those of Dash Core v23.1's ArgsManager (src/util/system.cpp,
// src/util/settings.cpp, src/bitcoind.cpp, src/init.cpp), oddities included,
// because existing dash.conf files and Dash Core's functional suite depend on
// them:
//
//	forced (soft-set)  >  command line  >  settings.json
//	                   >  [network] section  >  top of dash.conf  >  default
//
// The rules in short:
//
//   - -foo and --foo are the same; -nofoo is -foo=0 and marks foo as negated.
//   - On the command line the last value counts, in dash.conf the first. Lists
//     collect all values; a negation drops those before it.
//   - A network-only option in the top part counts on main only; elsewhere
//     start-up fails and names the section it belongs to.
//   - An unknown option on the command line is an error, an unknown key in
//     dash.conf a line in the log.
//   - Error texts are Dash Core's wherever its functional suite compares them.
//
// Beyond Dash Core, each row says what this build does with an option: Works,
// Harmless (accepted without effect; the log says so) or Later (an error when
// it is switched on, because ignoring it would surprise its user).
//
// # What it must not do
//
// Parse reads through the FileReader it is given and changes nothing. What
// Dash Core writes while it parses (an empty dash.conf, settings.json) is
// reported by Config for the caller to do once it holds the data directory's
// lock. The package logs nothing: EarlyLog and ArgumentLog return the lines.
//
// # Concurrency
//
// A Config does not change after Parse and may be shared.
package options
