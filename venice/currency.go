package venice

// A Currency is what an entry was charged in. The set is open: Venice has
// added currencies before, so a value that is not listed here is kept as it
// came and must get totals of its own. Amounts of different currencies are
// never to be added without saying so.
type Currency string

// The currencies seen so far, in the order in which Venice debits the first
// four.
const (
	// DIEM is the daily allowance from staked DIEM; it refills at 00:00 UTC
	// and what is left does not roll over. 1 DIEM pays for 1 US dollar.
	DIEM Currency = "DIEM"
	// EarnedCredits are dollar credits that the account earned.
	EarnedCredits Currency = "EARNED_CREDITS"
	// BundledCredits are dollar credits that come with a paid plan.
	BundledCredits Currency = "BUNDLED_CREDITS"
	// USD is the prepaid dollar balance.
	USD Currency = "USD"
	// VCU is the unit that DIEM replaced in July 2025, worth 0.10 US dollars.
	// Old entries carry it; Venice refuses it as a filter of the usage history.
	VCU Currency = "VCU"
)
