package core

// DefaultMaxTipAge is the default of -maxtipage in seconds: six hours, a
// quarter of Bitcoin's (Dash Core: DEFAULT_MAX_TIP_AGE).
const DefaultMaxTipAge = 21600
