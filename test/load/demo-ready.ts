/** How long `npm start` takes, after install, until it says that the demonstration is ready. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Row, round, spelled } from './row.ts'

const BAR_S = 60
const AGAIN_BAR_S = 15
const GIVE_UP_S = 300
const root = fileURLToPath(new URL('../..', import.meta.url))

export const demoReady: Row = {
  name: '`npm start` to `demo ready`, after install',
  async measure({ directory, say }) {
    const data = join(await mkdtemp(join(directory, 'demo-')), 'data')
    say('a first start')
    const first = await startDemo(data)
    say('a second one')
    const second = await startDemo(data)
    return [
      findingOf('first start, all cores', first, BAR_S),
      findingOf('second start on the same data', second, AGAIN_BAR_S),
    ]
  },
}

function findingOf(what: string, seconds: number, bar: number) {
  const numbers = { seconds: round(seconds, 1) }
  return { what, value: `${spelled(seconds, 1)} s`, bar: `<= ${bar} s`, met: seconds <= bar, numbers }
}

/** Seconds to the line `demo ready`; then it is asked to end, as by Ctrl-C. */
async function startDemo(data: string): Promise<number> {
  const began = performance.now()
  // A group of its own, so that the signal reaches what npm has started.
  const child = spawn('npm', ['start'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, BAUTA_DATA: data, PORT: '0', PERSON_PORT: '0', ADMIN_PORT: '0' },
  })
  let told = ''
  child.stderr.on('data', (chunk: Buffer) => {
    told = `${told}${chunk}`.slice(-500)
  })
  const ended = once(child, 'exit')
  const interrupt = (signal: NodeJS.Signals) => child.exitCode === null && child.pid && process.kill(-child.pid, signal)
  // Whoever ends the bench ends the demonstration too.
  const orphan = () => {
    interrupt('SIGINT')
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, orphan)
  try {
    return await new Promise<number>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`not ready after ${GIVE_UP_S} s; the last it said: ${lastLine(told)}`)),
        GIVE_UP_S * 1_000,
      )
      late.unref()
      child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${lastLine(told)}`)))
      createInterface(child.stdout).on('line', (line) => {
        if (line.trim() === 'demo ready') resolve((performance.now() - began) / 1_000)
      })
    })
  } finally {
    interrupt('SIGINT')
    const late = setTimeout(() => interrupt('SIGKILL'), 20_000)
    await ended
    clearTimeout(late)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, orphan)
  }
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split(/[\r\n]+/)
      .at(-1) ?? ''
  )
}
