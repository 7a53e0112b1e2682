package venice

// realRow is an entry as it was recorded from Venice.
const realRow = `{"timestamp":"2026-06-26T19:05:10.504Z","sku":"kimi-k2-7-code-llm-cache-input-mtoken","pricePerUnitUsd":0.2,"units":0.084096,"amount":-0.0168192,"currency":"DIEM","notes":"API Inference","inferenceDetails":{"requestId":"chatcmpl-0123456789abcdef","inferenceExecutionTime":4211,"promptTokens":84306,"completionTokens":119}}`
