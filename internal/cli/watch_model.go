package cli

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/ducat-ledger/ducat/internal/ledger"
)

// A watchModel is all that the view of 'ducat watch' is made from.
type watchModel struct {
	out           stream
	width, height int
	now           time.Time
	// sight is nil until the books have been looked at; blind says why they cannot.
	sight *sight
	blind error

	noSync  bool
	syncNow func()
	// syncing says that a sync is under way, and read how far it is.
	syncing bool
	read    ledger.Progress
	// next is when the next one begins; failed is why the last one failed.
	next   time.Time
	failed error
}

func newWatchModel(out stream, o *watchOptions, now time.Time) watchModel {
	return watchModel{out: out, now: now, noSync: o.noSync, syncNow: func() {}}
}

// Init asks for nothing: who looks and syncs sends messages.
func (m watchModel) Init() tea.Cmd { return nil }

// Update takes a message in.
func (m watchModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyPressMsg:
		switch msg.String() {
		case "q", "Q", "ctrl+c":
			return m, tea.Quit
		case "s":
			if !m.syncing {
				m.syncNow()
			}
		}
	case tickMsg:
		m.now = time.Time(msg)
	case sightMsg:
		m.sight, m.blind = msg.sight, nil
	case blindMsg:
		m.blind = msg.err
	case syncMsg:
		m.syncing, m.read = true, ledger.Progress{}
	case readMsg:
		m.read = ledger.Progress(msg)
	case syncedMsg:
		m.syncing, m.next, m.failed = false, msg.next, msg.err
	}
	return m, nil
}

// View draws the frame on the whole terminal.
func (m watchModel) View() tea.View {
	view := tea.NewView(m.frame())
	view.AltScreen = true
	return view
}
