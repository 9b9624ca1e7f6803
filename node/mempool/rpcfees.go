package mempool

import (
	"context"
	"math"
	"strconv"
	"strings"

	"dashmp/node/mempool/fees"
	"dashmp/node/rpc/rpcerr"
	"dashmp/node/rpc/univalue"
	"dashmp/node/rpccall"
	"dashmp/node/rpcvalue"
)

// target reads parameter 0, if there are estimates (EnsureAnyFeeEstimator,
// ParseConfirmTarget).
func (r *rpcs) target(call *rpccall.Call) (int, error) {
	if r.p.o.Fees == nil {
		return 0, rpcerr.Errorf(rpcerr.Internal, "Fee estimation disabled")
	}
	n, err := call.Int(0)
	if err != nil {
		return 0, err
	}
	if most := r.p.o.Fees.HighestTarget(fees.Long); n < 1 || n > most {
		return 0, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid conf_target, must be between %d and %d", 1, most)
	}
	return n, nil
}

func (r *rpcs) estimateSmartFee(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	if err := rpcvalue.CheckTypes(call, univalue.Number, univalue.String); err != nil {
		return nil, err
	}
	target, err := r.target(call)
	if err != nil {
		return nil, err
	}
	conservative := true
	if call.Given(1) {
		switch strings.ToLower(rpcvalue.Text(call.Value(1))) {
		case "economical":
			conservative = false
		case "unset", "conservative":
		default:
			return nil, rpcerr.Errorf(rpcerr.InvalidParameter, `Invalid estimate_mode parameter, must be one of: "unset", "economical", "conservative"`)
		}
	}
	e := r.p.o.Fees.Smart(target, conservative)
	if e.Rate == 0 {
		return object{
			{Key: "errors", Value: []string{"Insufficient data or no feerate found"}}, {Key: "blocks", Value: e.Blocks},
		}, nil
	}
	rate := max(e.Rate, r.p.MinFeeRate(), r.p.o.Policy.MinRelayFee)
	return object{{Key: "feerate", Value: rpccall.Amount(rate)}, {Key: "blocks", Value: e.Blocks}}, nil
}

func (r *rpcs) estimateRawFee(_ context.Context, call *rpccall.Call) (any, error) {
	if err := call.Count(1, 2); err != nil {
		return nil, err
	}
	if err := rpcvalue.CheckTypes(call, univalue.Number, univalue.Number); err != nil {
		return nil, err
	}
	target, err := r.target(call)
	if err != nil {
		return nil, err
	}
	threshold := 0.95
	if call.Given(1) {
		if threshold, err = strconv.ParseFloat(string(call.Value(1).Raw()), 64); err != nil {
			return nil, rpcerr.Errorf(rpcerr.Misc, "JSON double out of range")
		}
	}
	if threshold < 0 || threshold > 1 {
		return nil, rpcerr.Errorf(rpcerr.InvalidParameter, "Invalid threshold")
	}
	result := object{}
	for _, h := range fees.Horizons() {
		if target <= r.p.o.Fees.HighestTarget(h) {
			rate, d := r.p.o.Fees.Raw(target, threshold, h)
			result = append(result, member{Key: h.String(), Value: rawEstimate(rate, &d)})
		}
	}
	return result, nil
}

func rawEstimate(rate int64, d *fees.Detail) object {
	how := object{{Key: "decay", Value: rpccall.Double(d.Decay)}, {Key: "scale", Value: d.Scale}}
	if rate == 0 {
		return append(how, member{Key: "fail", Value: feeRange(&d.Fail)},
			member{Key: "errors", Value: []string{"Insufficient data or no feerate found which meets threshold"}})
	}
	o := append(object{{Key: "feerate", Value: rpccall.Amount(rate)}}, how...)
	o = append(o, member{Key: "pass", Value: feeRange(&d.Pass)})
	if d.Fail.Start != -1 {
		o = append(o, member{Key: "fail", Value: feeRange(&d.Fail)})
	}
	return o
}

func feeRange(r *fees.Range) object {
	cents := func(f float64) rpccall.Double { return rpccall.Double(math.Round(f*100) / 100) }
	return object{
		{Key: "startrange", Value: rpccall.Double(math.Round(r.Start))},
		{Key: "endrange", Value: rpccall.Double(math.Round(r.End))},
		{Key: "withintarget", Value: cents(r.WithinTarget)},
		{Key: "totalconfirmed", Value: cents(r.TotalConfirmed)},
		{Key: "inmempool", Value: cents(r.InMempool)},
		{Key: "leftmempool", Value: cents(r.LeftMempool)},
	}
}
