// Runs the command for as long as a check needs it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

// The command under test: $DUCAT, or what `make build` built.
export const ducat = process.env.DUCAT ?? fileURLToPath(new URL('../bin/ducat', import.meta.url))

function start(args, env) {
  const child = spawn(ducat, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } })
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }), (error) => {
    throw new Error(`cannot start ${ducat}; run make build first`, { cause: error })
  })
  return { child, ended }
}

// Runs a command to its end, which must be a good one.
export async function run(args, env = {}) {
  const { child, ended } = start(args, env)
  child.stdout.resume()
  const { code } = await ended
  if (code !== 0) throw new Error(`ducat ${args[0]} ended with exit code ${code}`)
}

// Starts a server and answers what the first line of its output says, and a stop
// function, which waits until it has ended.
async function launch(args, env) {
  const { child, ended } = start(args, env)
  const line = once(createInterface(child.stdout), 'line').then(([text]) => text)
  const first = await Promise.race([line, ended])
  if (typeof first !== 'string') throw new Error(`ducat ${args[0]} ended with ${JSON.stringify(first)} before it said its address`)
  return {
    ...JSON.parse(first),
    async stop() {
      child.kill('SIGINT')
      const { code } = await ended
      if (code !== 0) throw new Error(`ducat ${args[0]} ended with exit code ${code}, want 0 after SIGINT`)
    },
  }
}

// A simulated account: {baseURL, adminKey, inferenceKey}.
export const simulate = (...args) => launch(['simulate', ...args], {})

// The books of an environment, served: {url}.
export const serve = (env) => launch(['serve', '--listen', '127.0.0.1:0', '--quiet', '-o', 'json'], env)
