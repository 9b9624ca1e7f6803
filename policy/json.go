package policy

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// condJSON is a condition with its 64-bit values as hexadecimal text, since
// JSON numbers beyond 2^53 are not safe in every reader.
type condJSON struct {
	Arg   uint   `json:"arg"`
	Op    Op     `json:"op"`
	Mask  string `json:"mask,omitempty"`
	Value string `json:"value,omitempty"`
	Pid   bool   `json:"own_pid,omitempty"`
	Name  string `json:"name,omitempty"`
}

// MarshalJSON writes values and masks as "0x…".
func (c Cond) MarshalJSON() ([]byte, error) {
	out := condJSON{Arg: c.Arg, Op: c.Op, Pid: c.Pid, Name: c.Name}
	if !c.Pid {
		out.Value = fmt.Sprintf("%#x", c.Value)
	}
	if c.Op == MaskedEq {
		out.Mask = fmt.Sprintf("%#x", c.Mask)
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Cond) UnmarshalJSON(b []byte) error {
	var in condJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*c = Cond{Arg: in.Arg, Op: in.Op, Pid: in.Pid, Name: in.Name}
	for _, f := range []struct {
		text string
		to   *uint64
	}{{in.Value, &c.Value}, {in.Mask, &c.Mask}} {
		if f.text == "" {
			continue
		}
		v, err := strconv.ParseUint(f.text, 0, 64)
		if err != nil {
			return fmt.Errorf("condition on argument %d: %w", in.Arg, err)
		}
		*f.to = v
	}
	return nil
}
