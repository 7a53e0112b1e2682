package venicetest

import (
	"encoding/hex"
	"strconv"
)

// accountKeys are the API keys of a generated account: among them two with one
// description and one with none, as real accounts have them.
func accountKeys(seed uint64) []Key {
	descriptions := []string{"production", "coding agents", "staging", "batch jobs", "staging", ""}
	keys := make([]Key, len(descriptions))
	for i, description := range descriptions {
		id := hex.EncodeToString(secret(seed, "account key "+strconv.Itoa(i))[:16])
		keys[i] = Key{
			ID:          id[:8] + "-" + id[8:12] + "-4" + id[13:16] + "-a" + id[17:20] + "-" + id[20:],
			Description: description,
		}
	}
	return keys
}
