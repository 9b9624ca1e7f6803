package params

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

func (p *Params) applyRegtest(o Options) error {
	c := &p.Consensus
	if o.FastPrune {
		p.PruneAfterHeight = 100
	}
	for _, apply := range []func() error{
		func() error { return c.setActivationHeights(o.TestActivationHeight) },
		func() error { return c.setVersionBits(o.VBParams) },
		func() error { return c.setDIP3(o.DIP3Params) },
		func() error { return c.setBudget(o.BudgetParams) },
		func() error { return c.setLLMQSize(LLMQTest, "LLMQ_TEST", o.LLMQTestParams) },
		func() error {
			return c.setLLMQSize(LLMQTestInstantSend, "LLMQ_TEST_INSTANTSEND", o.LLMQTestInstantSendParams)
		},
		func() error { return c.setLLMQSize(LLMQTestPlatform, "LLMQ_TEST_PLATFORM", o.LLMQTestPlatformParams) },
		func() error {
			return c.chooseLLMQ("llmqtestinstantsenddip0024", o.LLMQTestInstantSendDIP24, anyRotation, &c.LLMQDIP0024InstantSend)
		},
	} {
		if err := apply(); err != nil {
			return err
		}
	}
	// Dash Core stops on an assertion here: the credit pool and ChainLocks of
	// v20 mean nothing without masternodes, nor MN_RR without the credit pool.
	if c.V20Height < c.DIP0003Height {
		return errors.New("consensus.V20Height >= consensus.DIP0003Height")
	}
	if c.MNRRHeight < c.V20Height {
		return errors.New("consensus.MN_RRHeight >= consensus.V20Height")
	}
	return nil
}

func (p *Params) applyDevnet(o Options) error {
	c := &p.Consensus
	for _, n := range []struct {
		from *int64
		to   *int
	}{
		{o.MinimumDifficultyBlocks, &c.MinimumDifficultyBlocks},
		{o.HighSubsidyBlocks, &c.HighSubsidyBlocks},
		{o.HighSubsidyFactor, &c.HighSubsidyFactor},
	} {
		if n.from != nil {
			*n.to = int(int32(*n.from)) // Dash Core narrows to int
		}
	}
	for _, apply := range []func() error{
		func() error {
			return c.chooseLLMQ("llmqchainlocks", o.LLMQChainLocks, mustNotRotate, &c.LLMQChainLocks)
		},
		func() error {
			return c.chooseLLMQ("llmqinstantsenddip0024", o.LLMQInstantSendDIP24, mustRotate, &c.LLMQDIP0024InstantSend)
		},
		func() error { return c.chooseLLMQ("llmqplatform", o.LLMQPlatform, anyRotation, &c.LLMQPlatform) },
		func() error { return c.chooseLLMQ("llmqmnhf", o.LLMQMnhf, anyRotation, &c.LLMQMnhf) },
		func() error { return c.setLLMQSize(LLMQDevnet, "LLMQ_DEVNET", o.LLMQDevnetParams) },
		func() error { return c.setPowTargetSpacing(o.PowTargetSpacing) },
	} {
		if err := apply(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Consensus) setActivationHeights(args []string) error {
	heights := map[string][]*int{
		"bip147": {&c.BIP147Height}, "bip34": {&c.BIP34Height}, "dersig": {&c.BIP66Height},
		"cltv": {&c.BIP65Height}, "csv": {&c.CSVHeight}, "brr": {&c.BRRHeight},
		"dip0001": {&c.DIP0001Height}, "dip0008": {&c.DIP0008Height},
		"dip0024": {&c.DIP0024Height, &c.DIP0024QuorumsHeight},
		"v19":     {&c.V19Height}, "v20": {&c.V20Height}, "mn_rr": {&c.MNRRHeight},
	}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "@")
		if !ok {
			return fmt.Errorf("Invalid format (%s) for -testactivationheight=name@height.", arg) //nolint:staticcheck // Dash Core's text
		}
		height, err := parseInt32(value)
		if err != nil || height < 0 || height >= math.MaxInt32 {
			return fmt.Errorf("Invalid height value (%s) for -testactivationheight=name@height.", arg) //nolint:staticcheck // Dash Core's text
		}
		fields, ok := heights[name]
		if !ok {
			return fmt.Errorf("Invalid name (%s) for -testactivationheight=name@height.", arg) //nolint:staticcheck // Dash Core's text
		}
		for _, f := range fields {
			*f = int(height)
		}
	}
	return nil
}

func (c *Consensus) setVersionBits(args []string) error {
	for _, arg := range args {
		f := strings.Split(arg, ":")
		if n := len(f); n != 3 && n != 4 && n != 6 && n != 9 {
			return errors.New("Version bits parameters malformed, expecting " + //nolint:staticcheck // Dash Core's text
				"<deployment>:<start>:<end> or " +
				"<deployment>:<start>:<end>:<min_activation_height> or " +
				"<deployment>:<start>:<end>:<min_activation_height>:<window>:<threshold> or " +
				"<deployment>:<start>:<end>:<min_activation_height>:<window>:<thresholdstart>:<thresholdmin>:<falloffcoeff>:<useehf>")
		}
		names := [...]string{"", "nStartTime", "nTimeout", "min_activation_height",
			"nWindowSize", "nThresholdStart", "nThresholdMin", "nFalloffCoeff", "nUseEHF"}
		// -1 leaves a value as it is, except the activation height.
		v := [...]int64{0, 0, 0, 0, -1, -1, -1, -1, -1}
		for i := 1; i < len(f); i++ {
			var err error
			if i == 3 {
				v[i], err = parseInt32(f[i])
			} else {
				v[i], err = strconv.ParseInt(f[i], 10, 64)
			}
			if err != nil {
				return fmt.Errorf("Invalid %s (%s)", names[i], f[i]) //nolint:staticcheck // Dash Core's text
			}
		}
		if !c.setDeployment(f[0], v[:]) {
			return fmt.Errorf("Invalid deployment (%s)", f[0]) //nolint:staticcheck // Dash Core's text
		}
	}
	return nil
}

// setDeployment applies the numbered fields of -vbparams to the named deployment.
func (c *Consensus) setDeployment(name string, v []int64) bool {
	for pos := range NumDeployments {
		if pos.Name() != name {
			continue
		}
		d := &c.Deployments[pos]
		d.StartTime, d.Timeout, d.MinActivationHeight = v[1], v[2], int(v[3])
		for i, field := range []*int64{&d.WindowSize, &d.ThresholdStart, &d.ThresholdMin, &d.FalloffCoeff} {
			if v[4+i] != -1 {
				*field = v[4+i]
			}
		}
		if v[8] != -1 {
			d.UseEHF = v[8] > 0
		}
		return true
	}
	return false
}

func (c *Consensus) setDIP3(arg *string) error {
	if arg == nil {
		return nil
	}
	f := strings.Split(*arg, ":")
	if len(f) != 2 {
		return errors.New("DIP3 parameters malformed, expecting <activation>:<enforcement>") //nolint:staticcheck // Dash Core's text
	}
	return parseInto(f,
		target{"Invalid activation height (%s)", &c.DIP0003Height},
		target{"Invalid enforcement height (%s)", &c.DIP0003EnforcementHeight})
}

func (c *Consensus) setBudget(arg *string) error {
	if arg == nil {
		return nil
	}
	f := strings.Split(*arg, ":")
	if len(f) != 3 {
		return errors.New("Budget parameters malformed, expecting <masternode>:<budget>:<superblock>") //nolint:staticcheck // Dash Core's text
	}
	return parseInto(f,
		target{"Invalid masternode start height (%s)", &c.MasternodePaymentsStartBlock},
		target{"Invalid budget start block (%s)", &c.BudgetPaymentsStartBlock},
		target{"Invalid superblock start height (%s)", &c.SuperblockStartBlock})
}

// setLLMQSize sets size and threshold of a quorum type; label is its name in errors.
func (c *Consensus) setLLMQSize(t LLMQType, label string, arg *string) error {
	if arg == nil {
		return nil
	}
	f := strings.Split(*arg, ":")
	if len(f) != 2 {
		return fmt.Errorf("%s parameters malformed, expecting <size>:<threshold>", label)
	}
	var size, threshold int
	if err := parseInto(f,
		target{"Invalid " + label + " size (%s)", &size},
		target{"Invalid " + label + " threshold (%s)", &threshold}); err != nil {
		return err
	}
	for i := range c.LLMQs {
		if q := &c.LLMQs[i]; q.Type == t {
			q.Size, q.MinSize, q.Threshold, q.DKGBadVotesThreshold = size, threshold, threshold, threshold
		}
	}
	return nil
}

type rotation int

const (
	anyRotation rotation = iota
	mustRotate
	mustNotRotate
)

// chooseLLMQ sets the quorum type for a purpose by its name.
func (c *Consensus) chooseLLMQ(option string, arg *string, want rotation, to *LLMQType) error {
	if arg == nil {
		return nil
	}
	for _, q := range c.LLMQs {
		switch {
		case q.Name != *arg:
			continue
		case want == mustNotRotate && q.UseRotation:
			return fmt.Errorf("LLMQ type specified for -%s must NOT use rotation", option)
		case want == mustRotate && !q.UseRotation:
			return fmt.Errorf("LLMQ type specified for -%s must use rotation", option)
		}
		*to = q.Type
		return nil
	}
	return fmt.Errorf("Invalid LLMQ type specified for -%s.", option) //nolint:staticcheck // Dash Core's text
}

func (c *Consensus) setPowTargetSpacing(arg *string) error {
	if arg == nil {
		return nil
	}
	v, err := strconv.ParseInt(*arg, 10, 64)
	if err != nil {
		return fmt.Errorf("Invalid parsing of powTargetSpacing (%s)", *arg) //nolint:staticcheck // Dash Core's text
	}
	if v < 1 {
		return fmt.Errorf("Invalid value of powTargetSpacing (%s)", *arg) //nolint:staticcheck // Dash Core's text
	}
	c.PowTargetSpacing = v
	return nil
}

// target is a number to parse and the error's format when that fails.
type target struct {
	format string
	to     *int
}

func parseInto(fields []string, targets ...target) error {
	for i, t := range targets {
		v, err := parseInt32(fields[i])
		if err != nil {
			return fmt.Errorf(t.format, fields[i])
		}
		*t.to = int(v)
	}
	return nil
}

func parseInt32(s string) (int64, error) { return strconv.ParseInt(s, 10, 32) }
