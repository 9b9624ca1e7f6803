package luffa512

func round(v *state, m *lane) { roundGeneric(v, m) }
