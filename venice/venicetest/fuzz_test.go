package venicetest

import (
	"testing"
	"time"
)

func FuzzCursor(f *testing.F) {
	s := sealer{secret: []byte("secret"), user: 7}
	now := time.UnixMilli(1_000_000)
	good := s.seal(cursor{User: 7, Start: 1, End: 2, MS: 3, Seq: 4, Expires: 2_000_000, Walk: 5, Hop: 6, PageSize: 10, Currency: "USD"})
	for _, token := range []string{"", "A", good, good[1:], good + "A", "AZq3fK9tXhIVDm2j4vN8cQwYt1sB6uEoLxRgPzKaJdHfM5nC7yW0K3w"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		c, err := s.open(token, now)
		if err != nil {
			return
		}
		c.User = s.user
		if again := s.seal(c); again != token && cursorForm.MatchString(token) {
			t.Errorf("%q opens, but its content seals as %q", token, again)
		}
	})
}

func FuzzParseFaults(f *testing.F) {
	for _, text := range []string{"", "500@3x2,hang/usage-history", "429-retry-after=1h2m@1x1/balance", "extra-keysx2", "x", "500=1.5s,", "reset@0x0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		faults, err := ParseFaults(text)
		if err != nil {
			return
		}
		for _, fault := range faults {
			again, err := ParseFaults(fault.String())
			if err != nil || len(again) != 1 || again[0] != fault {
				t.Errorf("%q gives %+v, whose text %q gives %+v (%v)", text, fault, fault, again, err)
			}
		}
	})
}
