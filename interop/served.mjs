// A Venice client that is not ours reads `ducat serve`, whose books were synced
// from the simulated account, and finds in it what the simulator dumped.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { VeniceAI } from '@venice-dev-tools/core'

import { run, serve, simulate } from './ducat.mjs'
import { asDoubles, exact, readCSV, readLedger, sumBy, toDouble } from './ledger.mjs'

process.env.NO_PROXY = '127.0.0.1' // the client would send loopback through a proxy

const folder = await mkdtemp(join(tmpdir(), 'ducat-interop-'))
const dump = join(folder, 'ledger.ndjson')
// A stopped clock: no midnight falls into a run.
const venice = await simulate('--seed', '5', '--entries', '3000', '--days', '40', '--now', '2026-03-01T18:30:00Z', '--dump', dump)
const books = { DUCAT_LEDGER: join(folder, 'ledger.duckdb'), DUCAT_CONFIG: '', XDG_CONFIG_HOME: folder, HOME: folder }
await run(['sync'], { ...books, VENICE_API_BASE_URL: venice.baseURL, VENICE_API_KEY: venice.adminKey })
await venice.stop() // from now on nobody asks Venice
const served = await serve(books)
after(async () => {
  await served.stop()
  await rm(folder, { recursive: true })
})

const silent = 4 // the client's log level
const { billing } = new VeniceAI({ apiKey: 'none is needed here', baseUrl: `${served.url.replace(/\/$/, '')}/api/v1`, logLevel: silent, requestsPerMinute: 1000 })
const ledger = await readLedger(dump)
const lastDay = ledger.at(-1).timestamp.slice(0, 10)

// Rows of one timestamp may come in another order than Venice's.
const inOrder = (rows) => rows.map((row) => [row.timestamp, JSON.stringify(Object.entries(row).sort())].join(' ')).sort()
const isSorted = (times) => times.every((time, i) => i === 0 || times[i - 1] <= time)

async function readAll(request, total) {
  const rows = []
  const pages = Math.ceil(total / request.limit)
  for (let page = 1; page <= Math.max(pages, 1); page++) {
    const answer = await billing.getUsage({ ...request, page })
    assert.deepEqual(answer.pagination, { limit: request.limit, page, total, totalPages: pages })
    rows.push(...answer.data)
  }
  return rows
}

async function sameRows(request, want) {
  const rows = await readAll(request, want.length)
  assert.deepEqual(inOrder(rows), inOrder(want.map(asDoubles)))
  const times = rows.map((row) => row.timestamp)
  assert.ok(isSorted(request.sortOrder === 'asc' ? times : times.reverse()), 'rows are not in the order of time')
}

test('pages give every row once, in both orders', async () => {
  await sameRows({ limit: 500, sortOrder: 'asc' }, ledger)
  await sameRows({ limit: 499, sortOrder: 'desc' }, ledger)
  const { data, pagination } = await billing.getUsage()
  assert.equal(data[0].timestamp, ledger.at(-1).timestamp)
  assert.deepEqual(pagination, { limit: 200, page: 1, total: ledger.length, totalPages: Math.ceil(ledger.length / 200) })
})

test('currencies and dates filter', async () => {
  const [startDate, endDate] = [ledger[Math.floor(ledger.length / 3)].timestamp, `${lastDay}T00:00:00.000Z`]
  const period = ledger.filter((row) => row.timestamp >= startDate && row.timestamp < endDate)
  assert.ok(period.length > 0 && period.length < ledger.length)
  await sameRows({ limit: 500, sortOrder: 'asc', startDate, endDate }, period)
  for (const currency of ['DIEM', 'USD', 'BUNDLED_CREDITS']) {
    const some = period.filter((row) => row.currency === currency)
    assert.ok(some.length > 0, `the period has no ${currency}; take another seed`)
    await sameRows({ limit: 200, sortOrder: 'desc', currency, startDate, endDate }, some)
  }
})

test('CSV has every digit', async () => {
  const rows = []
  for (let page = 1; page <= Math.ceil(ledger.length / 500); page++) {
    rows.push(...readCSV(await billing.exportCSV({ limit: 500, page, sortOrder: 'asc' })))
  }
  const flat = ({ inferenceDetails: details, ...row }) =>
    ({ ...row, ...Object.fromEntries(Object.entries(details ?? {}).map(([name, value]) => [`inferenceDetails.${name}`, value])) })
  const plain = (row) => Object.fromEntries(Object.entries(row)
    .filter(([, value]) => value !== '' && value !== null)
    .map(([name, value]) => [name, ['pricePerUnitUsd', 'units', 'amount'].includes(name) ? String(exact(value)) : value]))
  assert.deepEqual(inOrder(rows.map(plain)), inOrder(ledger.map(flat).map(plain)))
})

test('the balance is that of the last sync', async () => {
  const answer = await billing.getBalance()
  const debits = ledger.filter((row) => row.currency === 'DIEM' && row.timestamp.startsWith(lastDay) && row.amount.startsWith('-'))
  const left = debits.reduce((sum, row) => sum + exact(row.amount), exact(answer.diemEpochAllocation))
  assert.equal(answer.balances.diem, toDouble(left))
  assert.equal(answer.canConsume, true)
})

test('analytics adds up the ledger, beyond 90 days too', async () => {
  const column = { USD: 'USD', BUNDLED_CREDITS: 'USD', DIEM: 'DIEM' }
  const debits = ledger.filter((row) => row.amount.startsWith('-') && column[row.currency])
  const spent = (sums, key) => toDouble(-(sums[key] ?? 0n))
  const startDate = new Date(Date.parse(lastDay) - 199 * 86_400_000).toISOString().slice(0, 10)
  const { lookback, byDate, byModel, byKey } = await billing.getUsageAnalytics({ startDate, endDate: lastDay })
  assert.equal(lookback, `${startDate}:${lastDay}`)
  assert.equal(byDate.length, 200)
  const sums = sumBy(debits, (row) => `${row.timestamp.slice(0, 10)} ${column[row.currency]}`, (row) => row.amount)
  for (const { date, USD, DIEM } of byDate) {
    assert.deepEqual({ date, USD, DIEM }, { date, USD: spent(sums, `${date} USD`), DIEM: spent(sums, `${date} DIEM`) })
  }
  // Venice's totals by key are of days that are over.
  for (const [rows, of] of [[byModel, debits], [byKey, debits.filter((row) => !row.timestamp.startsWith(lastDay))]]) {
    const totals = sumBy(of, (row) => column[row.currency], (row) => row.amount)
    assert.ok(rows.length > 1)
    assert.equal(rows.reduce((sum, row) => sum + exact(row.totalUsd), 0n), -totals.USD)
    assert.equal(rows.reduce((sum, row) => sum + exact(row.totalDiem), 0n), -totals.DIEM)
  }
})

test('a wrong parameter is refused as by Venice', async () => {
  await assert.rejects(billing.getUsage({ limit: 501 }), { status: 400 })
})
