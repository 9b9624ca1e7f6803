package main

import (
	"fmt"
	"io"

	"dashmp/node/options"
	"dashmp/node/options/hostfiles"
	"dashmp/sandbox/build"
)

// tool is the offline wallet tool. It reads its command line as Dash Core's
// does; its commands come with the wallet's own functions.
func tool(args []string, out io.Writer) error {
	files, err := hostfiles.New()
	if err != nil {
		return err
	}
	c, err := options.Parse(options.DashWallet, args, files)
	if err != nil {
		return err
	}
	version := fmt.Sprintf("dashmp dash-wallet version %s (as Dash Core v%s)\n", build.Version, build.Dash)
	switch c.Information() {
	case options.VersionRequested:
		fmt.Fprint(out, version)
		return nil
	case options.HelpRequested:
		fmt.Fprintf(out, "%s\nUsage:\n  dash-wallet [options] <command>\n\n%s", version, options.Help(options.DashWallet, false))
		return nil
	}
	words := c.Words()
	if len(words) == 0 { // bitcoin-wallet.cpp says the same
		return refused("No method provided. Run `dash-wallet -help` for valid methods.")
	}
	return refused("Error: " + words[0] + " is not supported yet by this build; a running node makes and loads wallets (createwallet, loadwallet)")
}

// refused is an error whose text is a line for the operator.
func refused(text string) error { return &options.Error{Kind: options.ErrUnsupported, Text: text} }
