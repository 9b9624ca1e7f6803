package params

import "fmt"

// Options are the overrides of chain parameters, as texts or numbers of the
// options of the same name. A nil or empty field leaves the default. Networks
// ignore the options that are not theirs, as Dash Core does.
type Options struct {
	// DevnetName is -devnet's value, "" for the unnamed devnet.
	DevnetName string

	// Regtest only.
	FastPrune                 bool
	TestActivationHeight      []string
	VBParams                  []string
	DIP3Params                *string
	BudgetParams              *string
	LLMQTestParams            *string
	LLMQTestInstantSendParams *string
	LLMQTestPlatformParams    *string
	LLMQTestInstantSendDIP24  *string

	// Devnet only.
	MinimumDifficultyBlocks *int64
	HighSubsidyBlocks       *int64
	HighSubsidyFactor       *int64
	PowTargetSpacing        *string
	LLMQChainLocks          *string
	LLMQInstantSendDIP24    *string
	LLMQPlatform            *string
	LLMQMnhf                *string
	LLMQDevnetParams        *string
}

// Select makes the parameters of a network with the overrides applied. An
// error has Dash Core's text.
func Select(network string, o Options) (*Params, error) {
	var p *Params
	var err error
	switch network {
	case Main:
		p = mainParams()
	case Test:
		p = testParams()
	case Devnet:
		p = devnetParams(DevnetFullName(o.DevnetName))
		err = p.applyDevnet(o)
	case Regtest:
		p = regtestParams()
		err = p.applyRegtest(o)
	default:
		return nil, fmt.Errorf("CreateChainParams: Unknown chain %s.", network) //nolint:staticcheck // Dash Core's text
	}
	if err != nil {
		return nil, err
	}
	p.GenesisHash = p.Genesis.Header.Hash()
	return p, nil
}

// DevnetFullName is the name by which a devnet goes in its coinbase, its data
// directory and its peers' user agents.
func DevnetFullName(name string) string {
	if name == "" {
		return "devnet"
	}
	return "devnet-" + name
}
