package venice

// A SKU is what [ParseSKU] reads from a stock keeping unit's name.
type SKU struct {
	// Model is the name that the SKU begins with, usually a model id; the whole
	// SKU where it follows no known form.
	Model string
	// Meter says which part of the use is charged: for tokens the token kind
	// ("input", "output", "cache-input", "cache-write", "cache-write-5m",
	// "extended-input", ...), else "image", "video", "audio", "search",
	// "purchase", or "other" for a SKU of no known form.
	Meter string
	// Unit is what the entry's units count.
	Unit Unit
}

// Unit is what the units of a SKU count.
type Unit string

// The units of SKUs.
const (
	MillionTokens Unit = "mtoken"
	Images        Unit = "image"
	Videos        Unit = "video"
	Tracks        Unit = "track" // music and other generated sound
	Requests      Unit = "request"
	Credits       Unit = "credit"
	UnknownUnit   Unit = ""
)
