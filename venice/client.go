package venice

import "time"

// DefaultBaseURL is where Venice answers.
const DefaultBaseURL = "https://api.venice.ai/api/v1"

// DefaultTimeout is how long one request may take, headers and body. Venice's
// billing routes are known to hang on small ranges and on empty results, so a
// firm limit is better than patience.
const DefaultTimeout = 10 * time.Second
