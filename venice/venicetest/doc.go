// Package venicetest is a Venice AI billing server in memory: what net/http/httptest
// is to HTTP, for programs that read Venice's billing API.
//
// One line in a test starts an account with a month of usage; the server ends
// with the test:
//
//	server := venicetest.NewServer(t, venicetest.Config{Seed: 1, Entries: 5000})
//	// point the client at server.BaseURL with server.AdminKey, then compare
//	// what it read with server.Entries()
//
// Programs use [Start]. Tests in a testing/synctest bubble, which does not wait for a
// network, use [New] and [Server.Transport].
//
// # What it serves
//
//   - GET /billing/usage-history: the ledger, oldest first, by cursor, as JSON or
//     (Accept: text/csv) CSV.
//   - GET /billing/balance
//   - GET /billing/usage-analytics: sums of the same ledger, kept for ten minutes.
//   - GET /billing/usage: 410 as since September 2026, or with Config.Legacy the
//     page-numbered route as it was.
//   - GET /api_keys, /api_keys/{id}: the keys with their limits, and what the rows of
//     each key in the ledger come to.
//   - GET /api_keys/rate_limits, /api_keys/rate_limits/log: what the key that asks
//     may still spend, and the latest requests that a spent error budget refused.
//
// All live routes need [Server.AdminKey], but for /api_keys/rate_limits, which
// [Server.InferenceKey] may read too. Nothing creates, changes or deletes keys. A
// row may be posted, corrected or removed at any time ([Server.Post],
// [Server.Correct], [Server.Remove]), the clock moved ([Server.Advance]), and
// anything made to go wrong ([Server.SetFaults]). [Server.Entries] is the truth to
// compare with.
//
// # Generated usage
//
// Config.Entries rows are spread over Config.Days days up to now, busier by day and
// on weekdays. They are chat completions of several models, each a few rows that
// share one request id; images, video, music, searches, embeddings; top-ups and
// refunds; twins that nothing tells apart; bursts within one millisecond; charges
// below a millionth of a dollar, of nothing at all, and of a SKU of no known family.
// DIEM pays until the day's allocation is spent, then earned credits, bundled
// credits and USD. Before July 2025 the allowance is in VCU, worth a tenth of a
// dollar: ten times units times price. Every other amount is exactly units times
// price, negative for a debit. The same seed and the same instant of Config.Now give
// the same rows; a million take under 200 MB.
//
// # Balance
//
// DIEM is the daily allocation less the debits of the UTC day. Every other currency
// opens with what its rows at the start of the server take out of it, rounded up to
// a whole unit, plus 100; its balance is that and the sum of all its rows.
//
// # Keys
//
// A key was last used at its newest row. Its seven days are the 168 hours up to now,
// its period the UTC day, the UTC month, or all time; debits in USD and bundled
// credits are its usd, and earned credits are in no figure, though they count against
// a limit in USD. Of the generated keys one has a limit for the month that is nearly
// reached at the start of the server, one a limit for the day that is half reached,
// and one expires in five days. Limits are told and not enforced.
//
// # Control routes
//
// Another process steers a running server by routes beside the API. They need no key
// and answer to loopback only. Rows are NDJSON in the form of the wire, with an
// optional keyId.
//
//	GET    /control/entries         the ledger; ?hidden=1 adds keyId and seq
//	POST   /control/entries         posts rows, late ones too
//	PUT    /control/entries/{seq}   corrects a row
//	DELETE /control/entries/{seq}   removes a row
//	PUT    /control/faults          the text form of ParseFaults; empty clears
//	POST   /control/clock           a Go duration, by which the clock moves
//	GET    /control/requests        how many API requests there were
//
// # What is documented, and what is assumed
//
// Routes, parameters and their ranges, fields, statuses, headers, the error budget
// of 50 failures in 30 seconds, the ten minutes and the 90 days of the analytics
// route follow Venice's specification and documentation of autumn 2026, and where
// these differ the newest. These points are assumptions, because nothing public
// decides them:
//
//   - A cursor lives for an hour, and rows of one timestamp come in the order in
//     which they were posted.
//   - CSV quoting, line ends and byte order mark: see CSVDialect. A null is empty.
//   - Unknown parameters are refused by every route; the documentation says so for
//     usage-history only.
//   - A lookback of n days is n whole UTC days, today the last; two dates win over a
//     lookback; at most 90 dates may be asked for. Rows of amount zero are no debits
//     and do not appear in the sums.
//   - A request counts against the error budget by its key, also with 410. The
//     limiter of the retired route goes by address and kind of key.
//   - A key's figures are rounded to four decimals, half away from zero. Its limits
//     stand in consumptionLimits, and the use of its period beside usage. What is left
//     of a limit in USD bounds each of the dollar currencies for itself.
//   - The log of refused requests has no model, since these routes have none. Limits
//     by model are invented, and no request counts against them.
//   - Texts of errors, but for those that Venice is known to send for bad keys, bad
//     cursors and a spent error budget.
package venicetest
