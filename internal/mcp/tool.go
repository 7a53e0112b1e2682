package mcp

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ducat-ledger/ducat/internal/report"
)

// A tool is how one is offered. What its question and answer hold is described by
// the types of both.
type tool struct {
	name, title, description string
}

// An answer is structured, and can also be read as text.
type answer interface {
	// text has the same facts on a few lines, for models that see only text.
	text() string
}

// Bounds of a question, so that one cannot be made endless.
const (
	maxWords = 50  // in a list
	maxWord  = 200 // characters of a text
)

// add offers a tool that answers a question.
func add[In any, Out answer](s *server, t tool, ask func(context.Context, In) (Out, error), narrow ...func(*jsonschema.Schema)) error {
	input, err := jsonschema.For[In](nil)
	if err != nil {
		return fmt.Errorf("question of %s: %w", t.name, err)
	}
	output, err := jsonschema.For[Out](nil)
	if err != nil {
		return fmt.Errorf("answer of %s: %w", t.name, err)
	}
	everywhere(input, listsAreLists)
	everywhere(input, bounded)
	everywhere(output, listsAreLists)
	for _, change := range narrow {
		change(input)
	}
	sdk.AddTool(s.Server, &sdk.Tool{
		Name: t.name, Title: t.title, Description: t.description,
		InputSchema: input, OutputSchema: output,
		Annotations: &sdk.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, DestructiveHint: new(false), OpenWorldHint: new(false)},
	}, func(ctx context.Context, _ *sdk.CallToolRequest, in In) (*sdk.CallToolResult, Out, error) {
		out, err := ask(ctx, in)
		if err != nil {
			var none Out
			if ctx.Err() == nil && !refused(err) {
				s.Log.Warn("tool failed", "tool", t.name, "error", err)
			}
			return nil, none, errors.New(clean(err.Error(), maxError))
		}
		cleanAll(&out)
		return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: out.text()}}}, out, nil
	})
	return nil
}

// refused says whether the question is at fault.
func refused(err error) bool {
	var r refusal
	return errors.As(err, &r) || errors.Is(err, report.ErrQuestion)
}

// maxError is the longest text of an error, in characters.
const maxError = 1000

// everywhere changes a schema and all those inside it.
func everywhere(s *jsonschema.Schema, change func(*jsonschema.Schema)) {
	if s == nil {
		return
	}
	change(s)
	for _, property := range s.Properties {
		everywhere(property, change)
	}
	everywhere(s.Items, change)
	everywhere(s.AdditionalProperties, change)
}

// listsAreLists says that a list is never null: an empty one is [].
func listsAreLists(s *jsonschema.Schema) {
	if s.Items != nil {
		s.Type, s.Types = "array", nil
	}
}

func bounded(s *jsonschema.Schema) {
	switch s.Type {
	case "array":
		s.MaxItems = new(maxWords)
	case "string":
		s.MaxLength = new(maxWord)
	}
}

// oneOf narrows a text to some words.
func oneOf[W ~string](s *jsonschema.Schema, words ...W) {
	for _, word := range words {
		s.Enum = append(s.Enum, string(word))
	}
}

// between narrows a number.
func between(s *jsonschema.Schema, least, most int) {
	s.Minimum, s.Maximum = new(float64(least)), new(float64(most))
}
