package rawtx

import (
	"context"

	"dashmp/node/params"
	"dashmp/node/rpccall"
	"dashmp/node/wire"
)

// Options are what the RPCs depend on.
type Options struct {
	// Base58 are the version bytes of the network.
	Base58 params.Base58
	// ServiceFields adds the fields that -deprecatedrpc=service asks for.
	ServiceFields bool
	// Coin finds an unspent output in the chain or the memory pool; false if
	// there is none. Without it there is no combinerawtransaction.
	Coin func(context.Context, wire.OutPoint) (*wire.TxOut, bool, error)
}

// object and member shorten the building of results.
type (
	object = rpccall.Object
	member = rpccall.Member
)

// rpcs are the RPCs of one network.
type rpcs struct {
	o    Options
	json JSON
}

// Methods returns the RPCs by name.
func Methods(o Options) rpccall.Methods {
	r := &rpcs{o: o, json: JSON{Base58: o.Base58, ServiceFields: o.ServiceFields}}
	m := rpccall.Methods{
		"analyzepsbt":          r.analyzePSBT,
		"combinepsbt":          r.combinePSBT,
		"converttopsbt":        r.convertToPSBT,
		"createmultisig":       r.createMultisig,
		"createpsbt":           r.createPSBT,
		"createrawtransaction": r.createRawTransaction,
		"decodepsbt":           r.decodePSBT,
		"decoderawtransaction": r.decodeRawTransaction,
		"decodescript":         r.decodeScript,
		"finalizepsbt":         r.finalizePSBT,
		"joinpsbts":            r.joinPSBTs,
		"validateaddress":      r.validateAddress,
		"verifymessage":        r.verifyMessage,
	}
	if o.Coin != nil {
		m["combinerawtransaction"] = r.combineRawTransaction
	}
	return m
}
