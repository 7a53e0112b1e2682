module github.com/ducat-ledger/ducat

go 1.26

require (
	github.com/google/go-cmp v0.7.0
	github.com/shopspring/decimal v1.6.0
	go.uber.org/goleak v1.3.0
	pgregory.net/rapid v1.3.0
)
