package venicetest

import (
	"strconv"
	"strings"
	"time"
)

// CSVDialect says how CSV answers are written. Venice's own quoting is not
// documented, so a client has to read both.
type CSVDialect int

// The CSV dialects.
const (
	// CSVPlain quotes only what needs it and ends lines with LF.
	CSVPlain CSVDialect = iota
	// CSVQuoted begins with a byte order mark, quotes all strings and ends lines
	// with CRLF.
	CSVQuoted
)

const csvColumns = "timestamp,sku,pricePerUnitUsd,units,amount,currency,notes," +
	"inferenceDetails.requestId,inferenceDetails.inferenceExecutionTime," +
	"inferenceDetails.promptTokens,inferenceDetails.completionTokens"

const millisPerDay = 24 * 60 * 60 * 1000

// printer appends rows to a buffer without allocating for each. It remembers the
// day it printed last, since neighbours share it.
type printer struct {
	dialect CSVDialect
	day     int64
	date    []byte
}

func (p *printer) json(b []byte, r *row) []byte {
	b = append(b, `{"timestamp":"`...)
	b = p.timestamp(b, r.ms)
	b = append(b, `","sku":`...)
	b = append(b, r.sku.quoted...)
	b = append(b, `,"pricePerUnitUsd":`...)
	b = append(b, r.price.plain...)
	b = append(b, `,"units":`...)
	b = append(b, r.units...)
	b = append(b, `,"amount":`...)
	b = append(b, r.amount...)
	b = append(b, `,"currency":`...)
	b = append(b, r.currency.quoted...)
	b = append(b, `,"notes":`...)
	b = append(b, r.notes.quoted...)
	b = append(b, `,"inferenceDetails":`...)
	if r.details == nil {
		return append(b, `null}`...)
	}
	b = append(b, `{"requestId":`...)
	b = appendJSONString(b, r.details.RequestID)
	b = append(b, `,"inferenceExecutionTime":`...)
	b = appendNullable(b, r.details.InferenceExecutionTime, "null")
	b = append(b, `,"promptTokens":`...)
	b = appendNullable(b, r.details.PromptTokens, "null")
	b = append(b, `,"completionTokens":`...)
	b = appendNullable(b, r.details.CompletionTokens, "null")
	return append(b, `}}`...)
}

// csvHeader appends what a CSV page begins with.
func (p *printer) csvHeader(b []byte) []byte {
	if p.dialect == CSVPlain {
		return append(b, csvColumns+"\n"...)
	}
	b = append(b, "\ufeff\""...)
	b = append(b, strings.ReplaceAll(csvColumns, ",", `","`)...)
	return append(b, "\"\r\n"...)
}

func (p *printer) csv(b []byte, r *row) []byte {
	if p.dialect == CSVQuoted {
		b = append(b, '"')
	}
	b = p.timestamp(b, r.ms)
	if p.dialect == CSVQuoted {
		b = append(b, '"')
	}
	b = p.csvString(append(b, ','), r.sku.plain)
	b = append(append(b, ','), r.price.plain...)
	b = append(append(b, ','), r.units...)
	b = append(append(b, ','), r.amount...)
	b = p.csvString(append(b, ','), r.currency.plain)
	b = p.csvString(append(b, ','), r.notes.plain)
	if d := r.details; d == nil {
		b = append(b, ",,,,"...)
	} else {
		b = p.csvString(append(b, ','), d.RequestID)
		b = appendNullable(append(b, ','), d.InferenceExecutionTime, "")
		b = appendNullable(append(b, ','), d.PromptTokens, "")
		b = appendNullable(append(b, ','), d.CompletionTokens, "")
	}
	if p.dialect == CSVQuoted {
		b = append(b, '\r')
	}
	return append(b, '\n')
}

func (p *printer) csvString(b []byte, s string) []byte {
	if p.dialect == CSVPlain && !strings.ContainsAny(s, "\",\r\n") {
		return append(b, s...)
	}
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}

// timestamp appends ms as 2026-06-15T19:05:10.504Z.
func (p *printer) timestamp(b []byte, ms int64) []byte {
	day := ms / millisPerDay
	if p.date == nil || day != p.day {
		p.day, p.date = day, time.UnixMilli(ms).UTC().AppendFormat(p.date[:0], "2006-01-02T")
	}
	b = append(b, p.date...)
	ms -= day * millisPerDay
	b = append2(b, ms/3_600_000, ':')
	b = append2(b, ms/60_000%60, ':')
	b = append2(b, ms/1000%60, '.')
	b = append(b, byte('0'+ms%1000/100))
	return append2(b, ms%100, 'Z')
}

func append2(b []byte, n int64, then byte) []byte {
	return append(b, byte('0'+n/10), byte('0'+n%10), then)
}

func appendNullable(b []byte, n *int64, null string) []byte {
	if n == nil {
		return append(b, null...)
	}
	return strconv.AppendInt(b, *n, 10)
}

// appendJSONString takes the short way for the plain ids that requests have.
func appendJSONString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return append(b, newText(s).quoted...)
		}
	}
	b = append(append(b, '"'), s...)
	return append(b, '"')
}
