package focustest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ducat-ledger/ducat/internal/export/focus/focustest"
)

func TestSameBytes(t *testing.T) {
	t.Parallel()
	a := worked().write(t)
	if findings := focustest.SameBytes(a, worked().write(t)); len(findings) != 0 {
		t.Errorf("two equal exports: %v", findings)
	}
	other := worked()
	set(debit, "BilledCost", "1")(other)
	file("data/more")(other)
	got := focustest.SameBytes(a, other.write(t))
	want := []focustest.Finding{
		{Check: 45, File: "data/BILLING_PERIOD=2026-11/part-00001.csv", Text: "differs from byte 742 on"},
		{Check: 45, File: "data/more", Text: "is in one export only"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want - got +\n%s", diff)
	}
	if findings := focustest.SameBytes(a, a+"-not-there"); len(findings) != 1 || findings[0].Check != 45 {
		t.Errorf("an export that is not there: %v", findings)
	}
}

func TestSameTotals(t *testing.T) {
	t.Parallel()
	byEntry := twice().write(t)
	if findings := focustest.SameTotals(byEntry, daily().write(t)); len(findings) != 0 {
		t.Errorf("the same books: %v", findings)
	}
	other := daily()
	set(debit, "ListCost", "0.0147455")(other)
	findings := focustest.SameTotals(byEntry, other.write(t))
	if len(findings) != 1 || findings[0].Check != 44 || findings[0].Column != "ListCost" {
		t.Errorf("a list cost that differs: %v", findings)
	}
}
