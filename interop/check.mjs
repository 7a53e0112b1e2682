// A Venice client that is not ours reads the simulated account, and finds in it
// what the simulator dumped. So the simulator speaks what others understand.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'

import { VeniceAI } from '@venice-dev-tools/core'

import { asDoubles, exact, readLedger, sumBy, toCSV, toDouble } from './ledger.mjs'
import { simulate } from './ducat.mjs'

process.env.NO_PROXY = '127.0.0.1' // the client would send loopback through a proxy

// A stopped clock: no midnight falls into a run.
const account = ['--seed', '5', '--entries', '3000', '--days', '40', '--now', '2026-03-01T18:30:00Z']
const today = '2026-03-01'
const silent = 4 // the client's log level

const connect = ({ baseURL, adminKey }) =>
  new VeniceAI({ apiKey: adminKey, baseUrl: baseURL, logLevel: silent, requestsPerMinute: 1000 })

describe('with the page-numbered route', () => {
  let folder, server, billing, ledger

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ducat-interop-'))
    const dump = join(folder, 'ledger.ndjson')
    server = await simulate('--legacy', ...account, '--dump', dump)
    billing = connect(server).billing
    ledger = await readLedger(dump)
    assert.equal(ledger.length, 3000)
  })

  after(async () => {
    await server?.stop()
    await rm(folder, { recursive: true })
  })

  // Reads all pages and checks what each says of itself.
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

  test('pages give every row once, oldest first', async () => {
    const rows = await readAll({ limit: 500, sortOrder: 'asc' }, ledger.length)
    assert.deepEqual(rows, ledger.map(asDoubles))
    assert.deepEqual(
      sumBy(rows, (row) => row.currency, (row) => row.amount),
      sumBy(ledger, (row) => row.currency, (row) => row.amount))
  })

  test('the newest rows come first unless asked otherwise', async () => {
    const newest = ledger.toReversed().map(asDoubles)
    assert.deepEqual(await readAll({ limit: 499, sortOrder: 'desc' }, ledger.length), newest)
    const { data, pagination } = await billing.getUsage()
    assert.deepEqual(data, newest.slice(0, 200))
    assert.deepEqual(pagination, { limit: 200, page: 1, total: 3000, totalPages: 15 })
  })

  test('currencies and dates filter', async () => {
    const [startDate, endDate] = ['2026-02-03T00:00:00.000Z', '2026-02-17T12:00:00.000Z']
    const within = (row) => row.timestamp >= startDate && row.timestamp < endDate
    const period = ledger.filter(within)
    assert.ok(period.length > 0 && period.length < ledger.length)
    assert.deepEqual(await readAll({ limit: 500, sortOrder: 'asc', startDate, endDate }, period.length), period.map(asDoubles))
    for (const currency of ['DIEM', 'USD', 'BUNDLED_CREDITS']) {
      const all = ledger.filter((row) => row.currency === currency)
      const some = all.filter(within)
      assert.ok(all.length > 0, `the ledger has no ${currency}; take another seed`)
      assert.deepEqual(await readAll({ limit: 500, sortOrder: 'asc', currency }, all.length), all.map(asDoubles))
      assert.deepEqual(
        await readAll({ limit: 500, sortOrder: 'asc', currency, startDate, endDate }, some.length), some.map(asDoubles))
    }
  })

  test('CSV has every digit', async () => {
    for (let page = 1; page <= 6; page++) {
      const rows = ledger.slice((page - 1) * 500, page * 500)
      assert.equal(await billing.exportCSV({ limit: 500, page, sortOrder: 'asc' }), toCSV(rows))
    }
  })

  test('the balance follows the ledger', async () => {
    const answer = await billing.getBalance()
    const debits = ledger.filter((row) =>
      row.currency === 'DIEM' && row.timestamp.startsWith(today) && row.amount.startsWith('-'))
    assert.ok(debits.length > 0, 'the last day has no DIEM debit; take another seed')
    const left = debits.reduce((sum, row) => sum + exact(row.amount), exact(answer.diemEpochAllocation))
    assert.equal(answer.balances.diem, toDouble(left))

    const sums = sumBy(ledger, (row) => row.currency, (row) => row.amount)
    for (const [name, currency] of [['usd', 'USD'], ['bundledCredits', 'BUNDLED_CREDITS']]) {
      const opening = exact(answer.balances[name]) - (sums[currency] ?? 0n)
      assert.equal(opening % exact(1), 0n, `${currency} did not open with a whole number`)
    }
    const pots = { DIEM: 'diem', EARNED_CREDITS: 'earnedCredits', BUNDLED_CREDITS: 'bundledCredits', USD: 'usd' }
    const next = Object.keys(pots).find((currency) => answer.balances[pots[currency]] > 0)
    assert.equal(answer.consumptionCurrency, next)
    assert.equal(answer.canConsume, true)
  })

  test('analytics adds up the ledger', async () => {
    const column = { USD: 'USD', BUNDLED_CREDITS: 'USD', DIEM: 'DIEM' }
    const debits = ledger.filter((row) => row.amount.startsWith('-') && column[row.currency])
    const days = (rows) => sumBy(rows, (row) => `${row.timestamp.slice(0, 10)} ${column[row.currency]}`, (row) => row.amount)
    const spent = (sums, key) => toDouble(-(sums[key] ?? 0n))

    const { lookback, byDate, byModel, byKey } = await billing.getUsageAnalytics({ lookback: '90d' })
    assert.equal(lookback, '90d')
    assert.equal(byDate.length, 90)
    assert.equal(byDate.at(-1).date, today)
    const sums = days(debits)
    for (const { date, USD, DIEM } of byDate) {
      assert.deepEqual({ date, USD, DIEM }, { date, USD: spent(sums, `${date} USD`), DIEM: spent(sums, `${date} DIEM`) })
    }
    const totals = sumBy(debits, (row) => column[row.currency], (row) => row.amount)
    for (const rows of [byModel, byKey]) {
      assert.ok(rows.length > 1)
      assert.equal(rows.reduce((sum, row) => sum + exact(row.totalUsd), 0n), -totals.USD)
      assert.equal(rows.reduce((sum, row) => sum + exact(row.totalDiem), 0n), -totals.DIEM)
    }

    const week = await billing.getUsageAnalytics({ startDate: '2026-02-10', endDate: '2026-02-16' })
    assert.deepEqual(week.byDate.map((day) => day.date),
      ['10', '11', '12', '13', '14', '15', '16'].map((day) => `2026-02-${day}`))
    for (const { date, USD, DIEM } of week.byDate) {
      assert.deepEqual({ USD, DIEM }, { USD: spent(sums, `${date} USD`), DIEM: spent(sums, `${date} DIEM`) })
    }
  })

  test('a key without the ADMIN right is refused', async () => {
    const { billing } = connect({ ...server, adminKey: server.inferenceKey })
    await assert.rejects(billing.getBalance(), { status: 401 })
  })
})

test('without the page-numbered route getUsage fails with 410', async (t) => {
  const server = await simulate(...account)
  t.after(() => server.stop())
  const { billing } = connect(server)
  await assert.rejects(billing.getUsage(), { status: 410 })
  await assert.rejects(billing.exportCSV(), { status: 410 })
  assert.equal((await billing.getBalance()).canConsume, true)
})
