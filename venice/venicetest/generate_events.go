package venicetest

const apiNotes = "API Inference"

// someKey draws the API key that acts, or "" for the web app.
func (g *generator) someKey() string {
	if n := g.rand.IntN(7); n > 0 && len(g.keys) > 0 {
		// The lower of two draws: the first keys are the busy ones.
		return g.keys[min(g.rand.IntN(len(g.keys)), g.rand.IntN(len(g.keys)))].ID
	}
	return ""
}

func (g *generator) someModel() model {
	total := 0
	for _, m := range g.models {
		total += m.weight
	}
	draw := g.rand.IntN(total)
	for _, m := range g.models {
		if draw -= m.weight; draw < 0 {
			return m
		}
	}
	return g.models[0]
}

func (g *generator) chat(at int64) { g.complete(at, g.someModel()) }
func (g *generator) searchChat(at int64) {
	g.complete(at, g.someModel(), charge{sku: searchSKU, price: dollar / 100, units: 1})
}

// embed and tiny are the smallest charges; that of tiny is below 1e-6 USD.
func (g *generator) embed(at int64) {
	g.tokens(at, charge{embedding + "-llm-input-mtoken", 15_000_000, g.about(400), tokenScale})
}

func (g *generator) tiny(at int64) {
	g.tokens(at, charge{embedding + "-llm-input-mtoken", 15_000_000, 1 + g.upTo(6), tokenScale})
}

func (g *generator) tokens(at int64, c charge) {
	key := g.someKey()
	g.rows.row(at, c, false, g.wallet.pay(at, cost(c), false), notes(key, "LLM Inference"), key, g.request(c.units, 0))
}

func notes(key, web string) string {
	if key == "" {
		return web
	}
	return apiNotes
}

// complete makes the rows of one chat completion, a few milliseconds apart: cached
// prompt, prompt, what was written to the cache, completion, extras.
func (g *generator) complete(at int64, m model, extras ...charge) {
	prompt, completed := g.about(m.prompt), int64(0)
	if m.completed > 0 {
		completed = g.about(m.completed)
	}
	var cached, written int64
	if m.cacheRead > 0 && g.rand.IntN(3) > 0 {
		cached = g.upTo(prompt)
	}
	if m.cacheWrite > 0 && g.rand.IntN(3) == 0 {
		written = g.upTo(prompt - cached)
	}
	long, inputPrice, outputPrice := "", m.input, m.output
	if m.longAt > 0 && prompt > m.longAt {
		long, inputPrice, outputPrice = "extended-", m.longIn, m.longOut
	}
	all := append([]charge{
		{m.base + "-llm-cache-input-mtoken", m.cacheRead, cached, tokenScale},
		{m.base + "-llm-" + long + "input-mtoken", inputPrice, prompt - cached - written, tokenScale},
		{m.base + "-llm-" + m.writeMeter + "-mtoken", m.cacheWrite, written, tokenScale},
		{m.base + "-llm-" + long + "output-mtoken", outputPrice, completed, tokenScale},
	}, extras...)
	if m.base == embedding {
		all = all[1:2]
	}
	key, details := g.someKey(), g.request(prompt, completed)
	currency := g.wallet.pay(at, cost(all...), false)
	for _, c := range all {
		if c.units == 0 {
			continue
		}
		g.rows.row(at, c, false, currency, notes(key, "LLM Inference"), key, details)
		at += 1 + g.upTo(9)
	}
}

// item makes an image, a video or a piece of music, paid in advance.
func (g *generator) item(at int64) {
	draw := g.rand.IntN(100)
	for _, i := range g.items {
		if draw -= i.weight; draw < 0 {
			g.prepaid(at, charge{sku: i.sku, price: i.price, units: i.units})
			return
		}
	}
}

func (g *generator) prepaid(at int64, c charge) {
	key := g.someKey()
	g.rows.row(at, c, false, g.wallet.pay(at, cost(c), true), notes(key, "Image Inference"), key, nil)
}

func (g *generator) unknown(at int64) {
	g.prepaid(at, charge{sku: unknownSKU, price: 1_250_000, units: 1 + g.upTo(4)})
}

// twins makes two rows with nothing to tell them apart: two real charges.
func (g *generator) twins(at int64) {
	c := charge{sku: g.items[0].sku, price: g.items[0].price, units: 1}
	key := g.someKey()
	currency := g.wallet.pay(at, 2*cost(c), true)
	for range 2 {
		g.rows.row(at, c, false, currency, notes(key, "Image Inference"), key, nil)
	}
}

// burst makes tens of rows in one millisecond, as a batch job does; the end of a
// page is likely to fall between them.
func (g *generator) burst(at int64) {
	key := g.someKey()
	for range 20 + g.rand.IntN(41) {
		c := charge{embedding + "-llm-input-mtoken", 15_000_000, g.about(400), tokenScale}
		g.rows.row(at, c, false, g.wallet.pay(at, cost(c), false), notes(key, "LLM Inference"), key, g.request(c.units, 0))
	}
}

// refund gives back an item that was paid in USD.
func (g *generator) refund(at int64) {
	i := g.items[g.rand.IntN(len(g.items))]
	g.rows.row(at, charge{sku: i.sku, price: i.price, units: i.units}, true, "USD", "Refund", "", nil)
}

func (g *generator) purchase(at int64) {
	c := charge{sku: purchaseSKU, price: dollar, units: 10 * (1 + g.upTo(10))}
	g.rows.row(at, c, true, "USD", "Credit purchase", "", nil)
}

// earned is an image paid in earned credits, whatever the other pots hold.
func (g *generator) earned(at int64) {
	i := g.items[1]
	key := g.someKey()
	g.rows.row(at, charge{sku: i.sku, price: i.price, units: i.units}, false, "EARNED_CREDITS", notes(key, "Image Inference"), key, nil)
}
