package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is what a build knows of itself.
type version struct {
	Version string  `json:"version"`
	Commit  *string `json:"commit"` // null when the build does not know
	Go      string  `json:"go"`
}

func buildVersion() version {
	v := version{Version: "(devel)", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = &s.Value
		}
	}
	return v
}

func (a app) versionCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "The version of this build",
		Example: "  ducat version\n  ducat version -o json",
		Args:    noArgs,
	}
	output := outputFlag(cmd, formatTable, formatJSON)
	cmd.RunE = func(*cobra.Command, []string) error {
		v := buildVersion()
		if output.value == formatJSON {
			return writeJSON(a.out, "  ", v)
		}
		commit := "unknown"
		if v.Commit != nil {
			commit = *v.Commit
		}
		_, err := fmt.Fprintf(a.out, "ducat  %s\ncommit %s\ngo     %s\n", v.Version, commit, v.Go)
		return err
	}
	return cmd
}
