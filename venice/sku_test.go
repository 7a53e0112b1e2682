package venice

import (
	"strings"
	"testing"
)

func TestParseSKU(t *testing.T) {
	t.Parallel()
	tests := []struct {
		sku  string
		want SKU
	}{
		{"zai-org-glm-5-1-llm-output-mtoken", SKU{"zai-org-glm-5-1", "output", MillionTokens}},
		{"zai-org-glm-5-2-llm-input-mtoken", SKU{"zai-org-glm-5-2", "input", MillionTokens}},
		{"llama-3.3-70b-llm-output-mtoken", SKU{"llama-3.3-70b", "output", MillionTokens}},
		{"kimi-k2-7-code-llm-cache-input-mtoken", SKU{"kimi-k2-7-code", "cache-input", MillionTokens}},
		{"claude-opus-4-8-llm-input-mtoken", SKU{"claude-opus-4-8", "input", MillionTokens}},
		{"claude-opus-4-8-llm-output-mtoken", SKU{"claude-opus-4-8", "output", MillionTokens}},
		{"claude-opus-4-8-llm-cache-write-5m-mtoken", SKU{"claude-opus-4-8", "cache-write-5m", MillionTokens}},
		{"claude-opus-4-5-llm-cache-write-5m-mtoken", SKU{"claude-opus-4-5", "cache-write-5m", MillionTokens}},
		{"claude-fable-5-1-llm-output-mtoken", SKU{"claude-fable-5-1", "output", MillionTokens}},
		{"claude-fable-5-1-llm-extended-input-mtoken", SKU{"claude-fable-5-1", "extended-input", MillionTokens}},
		{"claude-fable-5-1-llm-extended-output-mtoken", SKU{"claude-fable-5-1", "extended-output", MillionTokens}},
		{"claude-sonnet-5-api-llm-cache-write-5m-mtoken", SKU{"claude-sonnet-5-api", "cache-write-5m", MillionTokens}},
		{"claude-sonnet-5-api-llm-cache-write-1h-mtoken", SKU{"claude-sonnet-5-api", "cache-write-1h", MillionTokens}},
		{"openai-gpt-56-sol-llm-input-mtoken", SKU{"openai-gpt-56-sol", "input", MillionTokens}},
		{"openai-gpt-56-sol-llm-cache-write-mtoken", SKU{"openai-gpt-56-sol", "cache-write", MillionTokens}},
		{"deepseek-v4-pro-api-llm-input-mtoken", SKU{"deepseek-v4-pro-api", "input", MillionTokens}},
		{"deepseek-v4-pro-api-llm-output-mtoken", SKU{"deepseek-v4-pro-api", "output", MillionTokens}},
		{"deepseek-v4-flash-api-llm-output-mtoken", SKU{"deepseek-v4-flash-api", "output", MillionTokens}},
		{"grok-4-3-llm-input-mtoken", SKU{"grok-4-3", "input", MillionTokens}},
		{"grok-4-3-llm-cache-input-mtoken", SKU{"grok-4-3", "cache-input", MillionTokens}},
		{"grok-4-5-llm-extended-input-mtoken", SKU{"grok-4-5", "extended-input", MillionTokens}},
		{"grok-4-6-llm-output-mtoken", SKU{"grok-4-6", "output", MillionTokens}},
		{"grok-4-fast-llm-input-mtoken", SKU{"grok-4-fast", "input", MillionTokens}},
		{"qwen3-235b-llm-output-mtoken", SKU{"qwen3-235b", "output", MillionTokens}},
		{"venice-uncensored-llm-input-mtoken", SKU{"venice-uncensored", "input", MillionTokens}},
		{"text-embedding-bge-m3-llm-input-mtoken", SKU{"text-embedding-bge-m3", "input", MillionTokens}},
		{"grok-imagine-image-image-unit", SKU{"grok-imagine-image", "image", Images}},
		{"venice-sd35-image-unit", SKU{"venice-sd35", "image", Images}},
		{"flux-2-pro-image-unit", SKU{"flux-2-pro", "image", Images}},
		{"nano-banana-pro-fixed-1img", SKU{"nano-banana-pro", "image", Images}},
		{"nano-banana-edit-fixed-1img", SKU{"nano-banana", "image", Images}},
		{"qwen-image-fixed-1K-1img", SKU{"qwen-image", "image", Images}},
		{"grok-imagine-fixed-websearch-1img", SKU{"grok-imagine", "image", Images}},
		{"kling-v3-pro-text-to-video-duration-rate-1080p", SKU{"kling-v3-pro-text-to-video", "video", Videos}},
		{"wan-2-7-enhanced-text-to-video-duration-rate-720p", SKU{"wan-2-7-enhanced-text-to-video", "video", Videos}},
		{"grok-imagine-text-to-video-resolution-720p", SKU{"grok-imagine-text-to-video", "video", Videos}},
		{"veo31-full-text-to-video-duration-rate-8s-720p-audio", SKU{"veo31-full-text-to-video", "video", Videos}},
		{"wan-2.5-preview-text-to-video-duration-resolution-rate-10s-720p-audio", SKU{"wan-2.5-preview-text-to-video", "video", Videos}},
		{"sora-2-pro-image-to-video-duration-resolution-rate-8s-720p-audio", SKU{"sora-2-pro-image-to-video", "video", Videos}},
		{"elevenlabs-music-duration-based-60s", SKU{"elevenlabs-music", "audio", Tracks}},
		{"ace-step-15-duration-based-30s", SKU{"ace-step-15", "audio", Tracks}},
		{"minimax-music-v2-fixed", SKU{"minimax-music-v2", "audio", Tracks}},
		{"stable-audio-25-fixed-1min", SKU{"stable-audio-25", "audio", Tracks}},
		{"search-augmentation", SKU{"search-augmentation", "search", Requests}},
		{"web-search-request", SKU{"web-search-request", "search", Requests}},
		{"credit-purchase", SKU{"credit-purchase", "purchase", Credits}},

		// Spellings that have been accepted elsewhere, never seen in a bill.
		{"m-llm-cache-read-mtoken", SKU{"m", "cache-input", MillionTokens}},
		{"m-llm-cache_write-mtoken", SKU{"m", "cache-write", MillionTokens}},
		{"m-llm-cache_write-1h-mtoken", SKU{"m", "cache-write-1h", MillionTokens}},
		{"m-llm-extended-cache-input-mtoken", SKU{"m", "extended-cache-input", MillionTokens}},
		{"m-llm-extended-cache-read-mtoken", SKU{"m", "extended-cache-input", MillionTokens}},
		{"m-llm-extended-cache-write-5m-mtoken", SKU{"m", "extended-cache-write-5m", MillionTokens}},

		// Token kinds yet unknown.
		{"m-llm-Reasoning-mtoken", SKU{"m", "Reasoning", MillionTokens}},
		{"m-llm-cache-write-30d-mtoken", SKU{"m", "cache-write-30d", MillionTokens}},
		{"m-llm-extended-audio-mtoken", SKU{"m", "extended-audio", MillionTokens}},

		// Names that try the forms.
		{"openai/whisper-large-v3-llm-input-mtoken", SKU{"openai/whisper-large-v3", "input", MillionTokens}},
		{"wai-Illustrious-IMAGE-Unit", SKU{"wai-Illustrious", "image", Images}},
		{"Llama-3.3-70B-LLM-Cache-Write-5M-MToken", SKU{"Llama-3.3-70B", "cache-write-5m", MillionTokens}},
		{"Credit-Purchase", SKU{"Credit-Purchase", "purchase", Credits}},
		{"tiny-llm-chat-llm-input-mtoken", SKU{"tiny-llm-chat", "input", MillionTokens}},
		{"high-resolution-diffuser-image-unit", SKU{"high-resolution-diffuser", "image", Images}},
		{"модель-llm-input-mtoken", SKU{"модель", "input", MillionTokens}},
		{"a\nb-llm-input-mtoken", SKU{"a\nb", "input", MillionTokens}},
		{"a\xffb-image-unit", SKU{"a\xffb", "image", Images}},

		// Of no known form.
		{"m-llm--mtoken", SKU{"m-llm--mtoken", "other", UnknownUnit}},
		{"m-llm-mtoken", SKU{"m-llm-mtoken", "other", UnknownUnit}},
		{"-llm-input-mtoken", SKU{"-llm-input-mtoken", "other", UnknownUnit}},
		{"m-llm-input-mtokens", SKU{"m-llm-input-mtokens", "other", UnknownUnit}},
		{"-image-unit", SKU{"-image-unit", "other", UnknownUnit}},
		{"-fixed", SKU{"-fixed", "other", UnknownUnit}},
		{"high-resolution-upscaler", SKU{"high-resolution-upscaler", "other", UnknownUnit}},
		{"upscaler-4x", SKU{"upscaler-4x", "other", UnknownUnit}},
		{"credit-purchase-bonus", SKU{"credit-purchase-bonus", "other", UnknownUnit}},
		{"tts-kokoro", SKU{"tts-kokoro", "other", UnknownUnit}},
		{" ", SKU{" ", "other", UnknownUnit}},
		{"", SKU{"", "other", UnknownUnit}},
	}
	for _, test := range tests {
		t.Run(test.sku, func(t *testing.T) {
			t.Parallel()
			if got := ParseSKU(test.sku); got != test.want {
				t.Errorf("ParseSKU(%q) = %+v, want %+v", test.sku, got, test.want)
			}
		})
	}
}

func FuzzParseSKU(f *testing.F) {
	for _, sku := range []string{
		"", "-", "credit-purchase", "kimi-k2-7-code-llm-cache-input-mtoken", "a-llm-b-llm--mtoken",
		"qwen-image-fixed-1K-1img", "x-duration-resolution-rate-8s", "y-fixed-1min", "\xff-image-unit",
	} {
		f.Add(sku)
	}
	f.Fuzz(func(t *testing.T, sku string) {
		got := ParseSKU(sku)
		if !strings.HasPrefix(sku, got.Model) {
			t.Errorf("ParseSKU(%q): the model %q is not its beginning", sku, got.Model)
		}
		if got.Model == "" && sku != "" {
			t.Errorf("ParseSKU(%q): no model", sku)
		}
		if got.Meter == "" {
			t.Errorf("ParseSKU(%q): no meter", sku)
		}
		if (got.Meter == "other" && got.Unit != MillionTokens) != (got.Unit == UnknownUnit) {
			t.Errorf("ParseSKU(%q) = %+v: the meter and the unit disagree on whether the form is known", sku, got)
		}
		if upper := ParseSKU(asciiUpper(sku)); upper.Unit != got.Unit {
			t.Errorf("ParseSKU(%q): in capitals the unit is %q, not %q", sku, upper.Unit, got.Unit)
		}
	})
}

// asciiUpper leaves letters alone whose case is not a matter of the fixed words.
func asciiUpper(s string) string {
	upper := []byte(s)
	for i, c := range upper {
		if 'a' <= c && c <= 'z' {
			upper[i] = c - 'a' + 'A'
		}
	}
	return string(upper)
}
