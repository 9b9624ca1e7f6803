package method

func util() []Method {
	return []Method{
		createMultisig(),
		{
			Name: "signmessagewithprivkey", Category: "util", Owner: Signer,
			Desc: "Signs a message with a private key.",
			Params: []Param{
				{Name: "privkey", Type: Str, Secret: true, Desc: "The private key, in wallet import format"},
				{Name: "message", Type: Str, Desc: "The message to sign"},
			},
			Results: []Result{{Kind: RStr, Key: "signature", Desc: "The signature, in base 64"}},
			Examples: []Example{
				example(ExText, "\nSign"),
				cli(`"privkey" "my message"`),
				example(ExText, "\nThe same as a JSON-RPC call"),
				curl(`"privkey", "my message"`),
			},
		},
		{
			Name: "validateaddress", Category: "util", Owner: Core,
			Desc:   "Tells about a Dash address.",
			Params: []Param{{Name: "address", Type: Str, Desc: "The address"}},
			Results: []Result{{Kind: RObj, Inner: []Result{
				{Kind: RBool, Key: "isvalid", Desc: "whether it is one"},
				{Kind: RStr, Key: "address", Optional: true, Desc: "the address"},
				{Kind: RHex, Key: "scriptPubKey", Optional: true, Desc: "the output script that pays it"},
				{Kind: RBool, Key: "isscript", Optional: true, Desc: "whether it is the hash of a script"},
				{Kind: RStr, Key: "error", Optional: true, Desc: "why it is none"},
			}}},
			Examples: []Example{cli(`"XunLY9Tf7Zsef8gMGL2fhWA9ZmMjt4KPw0"`), curl(`"XunLY9Tf7Zsef8gMGL2fhWA9ZmMjt4KPw0"`)},
		},
		{
			Name: "verifymessage", Category: "util", Owner: Core,
			Desc: "Verifies a signed message.",
			Params: []Param{
				{Name: "address", Type: Str, Desc: "The address whose key has signed"},
				{Name: "signature", Type: Str, Desc: "The signature in base 64, as signmessage gives it"},
				{Name: "message", Type: Str, Desc: "The message"},
			},
			Results: []Result{{Kind: RBool, Desc: "Whether the signature is the key's"}},
			Examples: []Example{
				cli(`"XunLY9Tf7Zsef8gMGL2fhWA9ZmMjt4KPw0" "signature" "my message"`),
				curl(`"XunLY9Tf7Zsef8gMGL2fhWA9ZmMjt4KPw0", "signature", "my message"`),
			},
		},
	}
}

func createMultisig() Method {
	return Method{
		Name: "createmultisig", Category: "util", Owner: Core,
		Desc: "Makes an address that n of m keys can spend from.",
		Params: []Param{
			{Name: "nrequired", Type: Num, Desc: "How many of the keys must sign"},
			{Name: "keys", Type: Arr, Desc: "The public keys", Inner: []Param{
				{Name: "key", Type: Hex, Optional: true, Desc: "A public key"},
			}},
		},
		Results: []Result{{Kind: RObj, Inner: []Result{
			{Kind: RStr, Key: "address", Desc: "the address"},
			{Kind: RHex, Key: "redeemScript", Desc: "the redeem script"},
			{Kind: RStr, Key: "descriptor", Desc: "its descriptor"},
		}}},
		Examples: []Example{
			cli(`2 "[\"03789ed0bb717d88f7d321a368d905e7430207ebbd82bd342cf11ae157a7ace5fd\",\"03dbc6764b8884a92e871274b87583e6d5c2a58819473e17e107ef3f6aa5a61626\"]"`),
			curl(`2, ["03789ed0bb717d88f7d321a368d905e7430207ebbd82bd342cf11ae157a7ace5fd","03dbc6764b8884a92e871274b87583e6d5c2a58819473e17e107ef3f6aa5a61626"]`),
		},
	}
}
