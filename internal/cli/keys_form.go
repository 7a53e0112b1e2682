package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/ducat-ledger/ducat/internal/export"
	"github.com/ducat-ledger/ducat/internal/money"
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/venice"
)

// expirySoon is how long before its end a key is marked.
const expirySoon = 7 * 24 * time.Hour

// keysTable shows keys to a person.
func keysTable(out stream, rings []keyRing) string {
	columns := []column{{name: "ACCOUNT"}, {name: "KEY"}, {name: "DESCRIPTION"}, {name: "TYPE"}, {name: "LIMIT"}, {name: "USED USD"}, {name: "USED DIEM"},
		{name: "7 DAYS USD", number: true}, {name: "7 DAYS DIEM", number: true}, {name: "LAST USED"}, {name: "EXPIRES"}, {}}
	var rows [][]string
	limitedInUSD := false
	for _, ring := range rings {
		for _, k := range ring.keys {
			period := "-"
			if k.ConsumptionLimits.USD.Valid || k.ConsumptionLimits.DIEM.Valid {
				period = periodText(k.LimitPeriod)
			}
			limitedInUSD = limitedInUSD || k.ConsumptionLimits.USD.Valid
			lastUsed := "-"
			if !k.LastUsedAt.IsZero() {
				lastUsed = ago(ring.at.Sub(k.LastUsedAt))
			}
			expires := "-"
			if !k.ExpiresAt.IsZero() {
				expires = k.ExpiresAt.Format("2006-01-02 15:04")
			}
			rows = append(rows, []string{printable(ring.account), ending(k.Last6Chars), orDash(printable(k.Description)), printable(string(k.Type)), period,
				usedOf(k.CurrentPeriodUsage.USD, k.ConsumptionLimits.USD), usedOf(k.CurrentPeriodUsage.DIEM, k.ConsumptionLimits.DIEM),
				readableNull(k.TrailingSevenDays.USD), readableNull(k.TrailingSevenDays.DIEM), lastUsed, expires, keyNote(out, k, ring.at)})
		}
	}
	if len(rings) == 1 {
		columns = columns[1:]
		for i := range rows {
			rows[i] = rows[i][1:]
		}
	}
	text := renderTable(out, columns, rows, true)
	if limitedInUSD {
		text += "\n" + out.paint(dim, "A limit in USD counts earned credits too, which no figure here has.") + "\n"
	}
	return text
}

// keyNote says what somebody should know of a key.
func keyNote(out stream, k venice.APIKey, now time.Time) string {
	var notes []string
	switch state, share := report.LimitOf(k); state {
	case report.LimitReached:
		notes = append(notes, out.paint(red, "limit reached"))
	case report.LimitNear:
		notes = append(notes, out.paint(yellow, share.Decimal.StringFixed(1)+"% used"))
	}
	if !k.ExpiresAt.IsZero() && k.ExpiresAt.Sub(now) < expirySoon {
		notes = append(notes, out.paint(yellow, "expires soon"))
	}
	return strings.Join(notes, ", ")
}

func periodText(p venice.LimitPeriod) string {
	switch p {
	case venice.LimitEpoch:
		return "per day"
	case venice.LimitMonth:
		return "per month"
	case venice.LimitLifetime:
		return "in all"
	}
	return orDash(printable(string(p)))
}

// usedOf says what is used of a limit, as in "3.5 of 20".
func usedOf(used, limit decimal.NullDecimal) string {
	if !limit.Valid {
		return "-"
	}
	text := "?"
	if used.Valid {
		text = money.Readable(used.Decimal)
	}
	return fmt.Sprintf("%s of %s", text, money.Readable(limit.Decimal))
}

// ending names a key by its end.
func ending(last6 string) string {
	if last6 == "" {
		return "-"
	}
	return "…" + printable(last6)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// keysJSON is the contract of 'keys -o json'.
type keysJSON struct {
	Accounts []keyRingJSON `json:"accounts"`
}

type keyRingJSON struct {
	Account string    `json:"account"`
	AskedAt string    `json:"askedAt"`
	Keys    []keyJSON `json:"keys"`
}

type keyJSON struct {
	ID           string            `json:"id"`
	Type         string            `json:"type"`
	Description  string            `json:"description"`
	Last6Chars   string            `json:"last6Chars"`
	CreatedAt    *string           `json:"createdAt"`
	LastUsedAt   *string           `json:"lastUsedAt"`
	ExpiresAt    *string           `json:"expiresAt"`
	LimitPeriod  *string           `json:"limitPeriod"`
	Limits       keyAmountsJSON    `json:"limits"`
	PeriodUsage  keyAmountsJSON    `json:"periodUsage"`
	SevenDays    keyAmountsJSON    `json:"sevenDays"`
	State        report.LimitState `json:"state"`
	UsedPercent  *string           `json:"usedPercent"`
	ModelPrivacy *string           `json:"modelPrivacy"`
}

type keyAmountsJSON struct {
	USD  *string `json:"usd"`
	DIEM *string `json:"diem"`
}

func newKeysJSON(rings []keyRing) keysJSON {
	j := keysJSON{Accounts: make([]keyRingJSON, len(rings))}
	for i, ring := range rings {
		j.Accounts[i] = keyRingJSON{ring.account, string(export.AppendTime(nil, ring.at)), make([]keyJSON, len(ring.keys))}
		for n, k := range ring.keys {
			state, share := report.LimitOf(k)
			j.Accounts[i].Keys[n] = keyJSON{
				ID: k.ID, Type: string(k.Type), Description: k.Description, Last6Chars: k.Last6Chars,
				CreatedAt: export.Instant(k.CreatedAt), LastUsedAt: export.Instant(k.LastUsedAt), ExpiresAt: export.Instant(k.ExpiresAt),
				LimitPeriod: notEmpty(string(k.LimitPeriod)), Limits: newKeyAmounts(k.ConsumptionLimits),
				PeriodUsage: newKeyAmounts(k.CurrentPeriodUsage), SevenDays: newKeyAmounts(k.TrailingSevenDays),
				State: state, UsedPercent: export.Digits(share), ModelPrivacy: notEmpty(k.ModelPrivacy),
			}
		}
	}
	return j
}

func newKeyAmounts(a venice.KeyAmounts) keyAmountsJSON {
	return keyAmountsJSON{export.Digits(a.USD), export.Digits(a.DIEM)}
}

// writeKeysCSV writes a line for each key. What is not known is an empty cell.
func writeKeysCSV(w io.Writer, rings []keyRing) error {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return export.Safe(*s)
	}
	out := csv.NewWriter(w)
	header := "account,id,type,description,last6Chars,createdAt,lastUsedAt,expiresAt,limitPeriod,limitUsd,limitDiem,periodUsd,periodDiem,sevenDaysUsd,sevenDaysDiem,state,usedPercent"
	_ = out.Write(strings.Split(header, ",")) // a failure is kept for out.Error
	for _, ring := range newKeysJSON(rings).Accounts {
		for _, k := range ring.Keys {
			_ = out.Write(slices.Concat(
				[]string{export.Safe(ring.Account), export.Safe(k.ID), export.Safe(k.Type), export.Safe(k.Description), export.Safe(k.Last6Chars)},
				[]string{text(k.CreatedAt), text(k.LastUsedAt), text(k.ExpiresAt), text(k.LimitPeriod)},
				[]string{text(k.Limits.USD), text(k.Limits.DIEM), text(k.PeriodUsage.USD), text(k.PeriodUsage.DIEM), text(k.SevenDays.USD), text(k.SevenDays.DIEM)},
				[]string{string(k.State), text(k.UsedPercent)},
			))
		}
	}
	out.Flush()
	return out.Error()
}
