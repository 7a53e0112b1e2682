// Runs `ducat simulate` for as long as a check needs it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

// The command under test: $DUCAT, or what `make build` built.
const ducat = process.env.DUCAT ?? fileURLToPath(new URL('../bin/ducat', import.meta.url))

// Starts a simulator and answers its {baseURL, adminKey, inferenceKey} and a
// stop function, which waits until it has ended.
export async function simulate(...args) {
  const child = spawn(ducat, ['simulate', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }), (error) => {
    throw new Error(`cannot start ${ducat}; run make build first`, { cause: error })
  })
  const line = once(createInterface(child.stdout), 'line').then(([text]) => text)
  const first = await Promise.race([line, ended])
  if (typeof first !== 'string') throw new Error(`ducat simulate ended with ${JSON.stringify(first)} before it said its address`)
  return {
    ...JSON.parse(first),
    async stop() {
      child.kill('SIGINT')
      const { code } = await ended
      if (code !== 0) throw new Error(`ducat simulate ended with exit code ${code}, want 0 after SIGINT`)
    },
  }
}
