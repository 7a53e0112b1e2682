package venicetest

// model is a text or embedding model as the generator uses it. Prices are in
// 1e-8 USD per million tokens; they follow Venice's public list of August 2026.
type model struct {
	base, name        string
	input, output     int64
	cacheRead         int64 // 0: the model has no cache
	cacheWrite        int64 // 0: writing the cache costs nothing extra
	writeMeter        string
	longAt            int64 // prompts beyond so many tokens pay the long prices; 0: none
	longIn, longOut   int64
	prompt, completed int64 // usual sizes, in tokens
	weight            int
}

func models() []model {
	return []model{
		{base: "deepseek-v4-flash-api", name: "DeepSeek V4 Flash 0423", input: 13_800_000, output: 27_500_000, cacheRead: 2_800_000, prompt: 6000, completed: 500, weight: 24},
		{base: "kimi-k2-7-code", name: "Kimi K2.7 Code", input: 75_000_000, output: 350_000_000, cacheRead: 16_000_000, prompt: 30000, completed: 700, weight: 18},
		{base: "zai-org-glm-5-2", name: "GLM 5.2", input: 140_000_000, output: 440_000_000, cacheRead: 26_000_000, prompt: 9000, completed: 800, weight: 12},
		{base: "zai-org-glm-5-1", name: "GLM 5.1", input: 154_000_000, output: 484_000_000, cacheRead: 28_600_000, prompt: 5000, completed: 600, weight: 5},
		{base: "e2ee-glm-5-1", name: "GLM 5.1", input: 154_000_000, output: 484_000_000, prompt: 2000, completed: 400, weight: 2},
		{base: "claude-opus-4-8", name: "Claude Opus 4.8", input: 600_000_000, output: 3_000_000_000, cacheRead: 60_000_000, cacheWrite: 750_000_000, writeMeter: "cache-write-5m", prompt: 20000, completed: 900, weight: 4},
		{base: "claude-sonnet-5-api", name: "Claude Sonnet 5", input: 300_000_000, output: 1_500_000_000, cacheRead: 30_000_000, cacheWrite: 375_000_000, writeMeter: "cache-write-5m", prompt: 14000, completed: 700, weight: 7},
		{base: "openai-gpt-56-luna", name: "GPT-5.6 Luna", input: 26_666_667, output: 160_000_000, cacheRead: 2_666_667, cacheWrite: 33_333_334, writeMeter: "cache-write", prompt: 8000, completed: 600, weight: 9},
		{base: "grok-4-5", name: "Grok 4.5", input: 227_000_000, output: 680_000_000, cacheRead: 34_000_000, longAt: 200_000, longIn: 453_000_000, longOut: 1_360_000_000, prompt: 40000, completed: 600, weight: 4},
		{base: "llama-3.3-70b", name: "Llama 3.3 70B", input: 70_000_000, output: 280_000_000, prompt: 1500, completed: 350, weight: 6},
		{base: "venice-uncensored-1-2", name: "Venice Uncensored 1.2", input: 20_000_000, output: 90_000_000, prompt: 1200, completed: 400, weight: 6},
		{base: "stealth-ox-alpha", name: "Stealth Ox Alpha", prompt: 3000, completed: 500, weight: 1},
		{base: embedding, name: "BGE-M3", input: 15_000_000, prompt: 400, weight: 2},
	}
}

const embedding = "text-embedding-bge-m3"

// item is something billed otherwise than by tokens.
type item struct {
	sku, name string
	price     int64 // 1e-8 USD
	units     int64
	weight    int
}

func items() []item {
	return []item{
		{sku: "grok-imagine-image-image-unit", name: "Grok Imagine", price: 3_000_000, units: 1, weight: 30},
		{sku: "flux-2-pro-image-unit", name: "Flux 2 Pro", price: 3_000_000, units: 1, weight: 20},
		{sku: "venice-sd35-image-unit", name: "Venice SD35", price: 1_000_000, units: 2, weight: 30},
		{sku: "nano-banana-pro-fixed-1K-1img", name: "Nano Banana Pro", price: 18_000_000, units: 1, weight: 8},
		{sku: "nano-banana-edit-fixed-1img", name: "Nano Banana Pro", price: 18_000_000, units: 1, weight: 4},
		{sku: "kling-v3-pro-text-to-video-duration-rate-1080p", name: "Kling V3 Pro", price: 11_200_000, units: 5, weight: 3},
		{sku: "grok-imagine-text-to-video-resolution-720p", name: "Grok Imagine", price: 5_000_000, units: 6, weight: 2},
		{sku: "elevenlabs-music-duration-based-60s", name: "ElevenLabs Music", price: 69_000_000, units: 1, weight: 1},
		{sku: "ace-step-15-duration-based-60s", name: "ACE-Step 1.5", price: 3_000_000, units: 1, weight: 2},
	}
}

const (
	searchSKU   = "search-augmentation"
	purchaseSKU = "credit-purchase"
	unknownSKU  = "aurora-beta-compute-slice" // of no family that anybody knows
)
