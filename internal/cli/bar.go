package cli

import (
	"strings"

	"github.com/shopspring/decimal"
)

// cells says how many of width character cells a value fills when whole fills
// them all: at least one for what is more than nothing.
func cells(value, whole decimal.Decimal, width int) int {
	if !value.IsPositive() || !whole.IsPositive() {
		return 0
	}
	n := value.Mul(decimal.NewFromInt(int64(width))).DivRound(whole, 0)
	if n.GreaterThan(decimal.NewFromInt(int64(width))) {
		return width
	}
	return max(1, int(n.IntPart()))
}

// gauge draws the share of a whole that is used: blocks on a terminal, plain
// characters elsewhere.
func gauge(out stream, used, whole decimal.Decimal, width int) string {
	n := cells(used, whole, width)
	if !out.tty {
		return "[" + strings.Repeat("#", n) + strings.Repeat(".", width-n) + "]"
	}
	color := shareColor(percent(used, whole))
	return out.paint(color, strings.Repeat("█", n)) + out.paint(dim, strings.Repeat("░", width-n))
}

// shareColor warns as a used share, in percent, comes near to all.
func shareColor(share decimal.Decimal) emphasis {
	switch {
	case share.GreaterThanOrEqual(decimal.NewFromInt(90)):
		return red
	case share.GreaterThanOrEqual(decimal.NewFromInt(70)):
		return yellow
	}
	return green
}

// stackedBar draws two parts of a whole, one after the other.
func stackedBar(out stream, first, second, whole decimal.Decimal, width int) string {
	n := cells(first.Add(second), whole, width)
	m := min(n, cells(first, whole, width))
	if m == n && n > 1 && second.IsPositive() {
		m--
	}
	return out.paint(cyan, strings.Repeat("█", m)) + out.paint(blue, strings.Repeat("▓", n-m))
}

// percent is the share of a whole, to a tenth.
func percent(part, whole decimal.Decimal) decimal.Decimal {
	return part.Mul(decimal.NewFromInt(100)).DivRound(whole, 1)
}
