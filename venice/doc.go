// Package venice asks Venice AI what an account used, what that cost, and what
// is left: the ledger of usage entries, as pages, streams and CSV, the balance,
// and Venice's own analytics.
//
//	client, err := venice.NewClient() // the key is in VENICE_API_KEY
//	if err != nil {
//		return err
//	}
//	for entry, err := range client.Billing.IterUsage(ctx, venice.UsageParams{Currency: venice.USD}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(entry.Timestamp, entry.SKU, entry.Amount)
//	}
//
// The billing routes need an ADMIN key. Such a key can also create and delete
// keys, so give it to as few programs as possible. The client never shows it.
//
// [Client.APIKeys] lists the account's keys with their limits and what they spent,
// and tells what the client's own key may still spend, which an INFERENCE key may
// ask too. It only reads.
//
// To try without a key or a network, ask the simulator of package venicetest.
//
// # Two ways through the ledger
//
// [BillingService.GetUsageHistory], [BillingService.UsageHistoryPages] and
// [BillingService.IterUsageHistory] walk as Venice does today: forward, oldest
// first, by cursor.
//
// [BillingService.GetUsage], [BillingService.GetUsageCSV] and
// [BillingService.IterUsage] give numbered pages in either order, newest first
// by default. Venice retired that route in September 2026; the client reads the
// usage history in its place where the server answers 410, with the same
// results. Their documentation says what that costs in requests.
//
// Venice counts nothing: a page knows whether there is more, and totals are
// counted only when asked for, by reading everything.
//
// # Money
//
// Amounts, prices and units are decimals with every digit that Venice sent; no
// float64 is involved. A negative amount is a debit, a positive one a purchase
// or a refund. Each [Currency] is a pot of its own: amounts of different
// currencies do not add up, and an unknown currency is kept as it is. Amount is
// what was billed; it is not always Units times PricePerUnitUSD.
//
// One request makes several entries which all repeat its InferenceDetails. Sum
// amounts and units over entries, but count requests and their tokens once for
// each RequestID.
//
// # Deadlines
//
// Each request has a timeout of its own, 10 seconds unless [WithTimeout] says
// otherwise, for headers and body together; a walk of many pages can take as
// long as its context lets it. Venice is known to hang on ranges under 15
// minutes and on filters that match nothing, so a timeout does not mean that
// there are no entries.
//
// # Retries
//
// A request is repeated up to three times ([WithMaxRetries]) after 429, 5xx, and
// a connection that fails or breaks off, including JSON that is cut short. It is
// not repeated after a timeout or another 4xx. The wait is what the server asks
// for (Retry-After, or for 429 the reset of the limit), or else half a second
// that doubles up to eight, less up to half by chance ([WithBackoff]). Where the
// server asks for more than a minute, or for more than the context has left, the
// error comes at once and says how long.
//
// Venice locks a key out for half a minute after too many refused requests.
// After 20 within half a minute the client sends nothing more until it is safe,
// and answers [ErrRateLimit].
//
// This policy may be refined without notice; it will not become more eager.
//
// # Errors
//
// Whatever can be refused before sending is, as a [*ParamError] that names the
// parameter, its value and what is allowed. What failed after sending is an
// [*APIError] with the status, Venice's text, its request id, the refused
// parameters and how long to wait. Ask for a category with [errors.Is] and
// [ErrInvalidRequest], [ErrAuthentication], [ErrPermissionDenied],
// [ErrRateLimit], [ErrGone], [ErrServer], [ErrTimeout], [ErrConnection] or
// [ErrCursor]. When the caller's context ends, the error is the context's.
//
// Iterators yield an error once, as their last element. What they yielded before
// is good; only a walk that ended without an error is complete.
package venice
