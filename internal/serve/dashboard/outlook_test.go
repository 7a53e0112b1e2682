package dashboard_test

import (
	"github.com/ducat-ledger/ducat/internal/report"
	"github.com/ducat-ledger/ducat/internal/serve/dashboard"
	"github.com/ducat-ledger/ducat/venice"
)

// threeBudgets are one that nobody reaches, one that is exceeded, and one between.
var threeBudgets = []dashboard.Budget{
	{Budget: report.Budget{Name: "a whole year of it", Amount: decimalOf("100000"), Period: report.PerMonth}, Thresholds: []int{50, 80, 100}},
	{Budget: report.Budget{Name: "nothing", Amount: decimalOf("0.01"), Period: report.PerMonth, Currency: venice.DIEM}, Thresholds: []int{50, 80, 100}},
	{Budget: report.Budget{Name: "team", Accounts: []string{"home"}, Amount: decimalOf("10"), Period: report.PerWeek}, Thresholds: []int{20, 80}},
}
