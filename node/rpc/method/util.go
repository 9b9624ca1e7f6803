package method

func util() []Method {
	return []Method{
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
	}
}
