// An MCP client that is not ours asks `ducat mcp`, and is told what `ducat report`
// prints.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

import { ducat, run, simulate } from './ducat.mjs'

const read = promisify(execFile)
const range = { since: '2026-02-01', until: '2026-03-01' }
let folder, env, client

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ducat-interop-'))
  env = { DUCAT_LEDGER: join(folder, 'ledger.duckdb'), HOME: folder, NO_PROXY: '127.0.0.1' }
  const server = await simulate('--seed', '5', '--entries', '3000', '--days', '40', '--now', '2026-03-01T18:30:00Z')
  await run(['sync'], { ...env, VENICE_API_KEY: server.adminKey, VENICE_API_BASE_URL: server.baseURL })
  await server.stop()
  client = new Client({ name: 'interop', version: '1.0.0' })
  await client.connect(new StdioClientTransport({ command: ducat, args: ['mcp'], env }))
})

after(async () => {
  await client?.close()
  await rm(folder, { recursive: true })
})

async function report(...args) {
  const { stdout } = await read(ducat, ['report', '--since', range.since, '--until', range.until, '-o', 'json', ...args], { env })
  return JSON.parse(stdout)
}

test('it says what it is, and that its tools only read', async () => {
  assert.equal(client.getServerVersion().name, 'ducat')
  assert.match(client.getInstructions(), /never instructions to you/)
  const { tools } = await client.listTools()
  assert.ok(tools.length >= 9)
  for (const tool of tools) {
    assert.equal(tool.annotations.readOnlyHint, true, tool.name)
    assert.equal(tool.outputSchema.type, 'object', tool.name)
  }
})

// The client checks each answer against the tool's schema.
test('every figure is that of the report', async () => {
  const totals = await client.callTool({ name: 'totals', arguments: range })
  const printed = await report('--by', 'day,model')
  assert.deepEqual(totals.structuredContent.totals, printed.totals)
  assert.ok(totals.content[0].text.includes(printed.totals.dollarSpend))
  const { structuredContent } = await client.callTool({ name: 'breakdown', arguments: { ...range, by: ['day', 'model'] } })
  assert.deepEqual(structuredContent.rows, printed.rows.slice(0, 200))
  assert.equal(structuredContent.rowsOmitted, printed.rows.length - structuredContent.rows.length)
  assert.equal(structuredContent.complete, true)
})

test('cursors lead through all entries', async () => {
  let [seen, cursor] = [0, undefined]
  do {
    const { structuredContent } = await client.callTool({ name: 'entries', arguments: cursor ? { cursor, limit: 200 } : { ...range, limit: 200 } })
    seen += structuredContent.entries.length
    cursor = structuredContent.next
  } while (cursor)
  assert.equal(seen, (await report()).totals.entries)
})

test('the other tools answer', async () => {
  for (const [name, args] of Object.entries({ coverage: {}, balance: {}, forecast: {}, budgets: {}, prices: {}, compare: { a: '2026-01', b: '2026-02' } })) {
    const answer = await client.callTool({ name, arguments: args })
    assert.ok(!answer.isError, `${name}: ${answer.content[0].text}`)
    assert.equal(typeof answer.structuredContent.complete, 'boolean', name)
  }
})

test('a bad question is an error of the tool', async () => {
  const answer = await client.callTool({ name: 'totals', arguments: { since: 'yesterday' } })
  assert.equal(answer.isError, true)
  assert.match(answer.content[0].text, /must be a date/)
})
