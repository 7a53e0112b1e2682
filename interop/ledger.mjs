// The ground truth: the ledger as the simulator dumped it, its numbers as text.
import { readFile } from 'node:fs/promises'

const number = /(":)(-?\d[\d.eE+-]*)(?=[,}])/g

// Reads NDJSON into rows in which every number is the text that the file has.
export async function readLedger(file) {
  const text = await readFile(file, 'utf8')
  return text.trimEnd().split('\n').map((line) => JSON.parse(line.replace(number, '$1"$2"')))
}

// What a JavaScript client can know of such a row: numbers are doubles.
export function asDoubles({ inferenceDetails: d, pricePerUnitUsd, units, amount, ...rest }) {
  const int = (text) => (text === null ? null : Number(text))
  return {
    ...rest,
    pricePerUnitUsd: Number(pricePerUnitUsd),
    units: Number(units),
    amount: Number(amount),
    inferenceDetails: d && {
      ...d,
      inferenceExecutionTime: int(d.inferenceExecutionTime),
      promptTokens: int(d.promptTokens),
      completionTokens: int(d.completionTokens),
    },
  }
}

const columns = 'timestamp,sku,pricePerUnitUsd,units,amount,currency,notes,' +
  'inferenceDetails.requestId,inferenceDetails.inferenceExecutionTime,' +
  'inferenceDetails.promptTokens,inferenceDetails.completionTokens'

// The CSV that Venice would send for rows.
export function toCSV(rows) {
  const field = (value) => (/[",\r\n]/.test(value ?? '') ? `"${value.replaceAll('"', '""')}"` : value ?? '')
  return [columns, ...rows.map((row) => columns.split(',')
    .map((path) => field(path.split('.').reduce((value, name) => value?.[name], row)))
    .join(','))].map((line) => line + '\n').join('')
}

// Reads such CSV into rows whose fields are texts, under the names of their columns.
export function readCSV(text) {
  const records = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/g)) {
    const field = quoted?.replaceAll('""', '"') ?? plain
    if (end === '' && field === '') break
    records.at(-1).push(field)
    if (end !== ',') records.push([])
  }
  const [names, ...rows] = records.filter((record) => record.length > 0)
  return rows.map((record) => Object.fromEntries(names.map((name, i) => [name, record[i]])))
}

const scale = 24

// A decimal as a whole number of 1e-24, exactly. It takes a number too, as the
// shortest text that names it, which is the text that a JSON number came from
// when that had at most 15 digits.
export function exact(decimal) {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(String(decimal))
  if (!match) throw new Error(`${JSON.stringify(decimal)} is not a decimal number`)
  const [, sign, whole, fraction = '', exponent = '0'] = match
  const zeros = scale + Number(exponent) - fraction.length
  if (zeros < 0) throw new Error(`${decimal} has more than ${scale} decimals`)
  return BigInt(sign + whole + fraction) * 10n ** BigInt(zeros)
}

// The double nearest to what exact answers.
export function toDouble(scaled) {
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(scale + 1, '0')
  return Number(`${scaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`)
}

// Adds up rows exactly, one sum for each name that keyOf gives.
export function sumBy(rows, keyOf, valueOf) {
  const sums = {}
  for (const row of rows) sums[keyOf(row)] = (sums[keyOf(row)] ?? 0n) + exact(valueOf(row))
  return sums
}
