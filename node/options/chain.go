package options

import "strings"

// The sections of dash.conf, which are also the names that -chain takes.
const (
	sectionMain    = "main"
	sectionTest    = "test"
	sectionDevnet  = "devnet"
	sectionRegtest = "regtest"
)

// chain is the network that was selected.
type chain struct {
	section string
	// name is section except on a named devnet: devnet-NAME.
	name string
	// dir is the sub-directory of the data directory, "" on main.
	dir string
}

// index is the chain's place in a default of four.
func (c chain) index() int {
	switch c.section {
	case sectionTest:
		return 1
	case sectionDevnet:
		return 2
	case sectionRegtest:
		return 3
	}
	return 0
}

// chainSection returns the network that the options name (Dash Core:
// ArgsManager::GetChainName). It may be one that does not exist. It looks at
// the top part of dash.conf only, where the last value counts, and ignores
// negations on the command line.
func (s *sources) chainSection() (string, error) {
	named := func(option string, asSwitch bool) bool {
		v := s.get(option, query{chainName: true})
		switch v.kind {
		case Null:
			return false
		case Bool:
			return v.flag
		}
		return !asSwitch || interpretBool(v.Text())
	}
	regtest, devnet, testnet := named("regtest", true), named("devnet", false), named("testnet", true)
	byName := s.get("chain", query{})
	count := 0
	for _, is := range []bool{regtest, devnet, testnet, byName.kind != Null} {
		if is {
			count++
		}
	}
	switch {
	case count > 1:
		return "", text("Only one of -regtest, -testnet, -devnet or -chain can be used.")
	case regtest:
		return sectionRegtest, nil
	case devnet:
		return sectionDevnet, nil
	case testnet:
		return sectionTest, nil
	case byName.kind != Null:
		return byName.Text(), nil
	}
	return sectionMain, nil
}

// chooseChain is chainSection with the directory and the devnet's name (Dash
// Core: CreateBaseChainParams, GetDevNetName).
func (s *sources) chooseChain() (chain, error) {
	section, err := s.chainSection()
	if err != nil {
		return chain{}, err
	}
	switch section {
	case sectionMain:
		return chain{section: section, name: section}, nil
	case sectionTest:
		return chain{section: section, name: section, dir: "testnet3"}, nil
	case sectionRegtest:
		return chain{section: section, name: section, dir: section}, nil
	case sectionDevnet:
		name := sectionDevnet
		if n := s.get("devnet", query{}).Text(); n != "" {
			name += "-" + n
		}
		// The name becomes one directory below the data directory.
		if strings.ContainsAny(name, "/\x00") {
			return chain{}, textf("Invalid devnet name '%s'", name)
		}
		return chain{section: section, name: name, dir: name}, nil
	}
	return chain{}, textf("CreateBaseChainParams: Unknown chain %s.", section)
}
