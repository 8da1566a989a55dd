/** `npm run faults -- --rounds N --seed S --from K --out FILE`: rounds of faults, one line each, and what they say together. */

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { type Line, readLines, showLine, summarise, writeLine } from './line.ts'
import { breaches, planOf, planOfBreach, states } from './plan.ts'
import { runRound } from './round.ts'
import { bauta, openWorld, type ServiceKind, type World } from './world.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    /** Lines are added to it, and those that are there count in the summary. */
    out: { type: 'string' },
    /** A control: the same on a build without that safeguard, which must go red. */
    broken: { type: 'string' },
    /** Says what happens within a round, and leaves the directory with everyone's logs. */
    verbose: { type: 'boolean', default: false },
  },
})
const [rounds, seed, from] = [Number(values.rounds), Number(values.seed), Number(values.from)]
const broken = breaches.find((each) => each === values.broken)
if (values.broken && !broken) throw new Error(`what can be broken: ${breaches.join(', ')}`)
const write = (text: string) => void process.stdout.write(`${text}\n`)
const talk = (text: string) => void process.stderr.write(`${text}\n`)

const lines: Line[] = values.out && !broken ? readLines(values.out) : []
let world: World | undefined
const reopen = async () => {
  await world?.close()
  world = await openWorld({ say: talk, keep: values.verbose, command })
  return world
}

/** Built once, as a process that compiles itself takes long to come back. */
async function buildBroken(): Promise<string> {
  const outfile = fileURLToPath(new URL('../../dist/faults/broken-profiles.js', import.meta.url))
  const entry = fileURLToPath(new URL('./broken-profiles.ts', import.meta.url))
  const shape = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const
  await build({ entryPoints: [entry], outfile, ...shape })
  return outfile
}
const file = broken && (await buildBroken())
const command = (service: ServiceKind) =>
  file && service === 'profiles' ? [process.execPath, file, broken] : bauta(service)

try {
  for (let round = from; round < from + rounds; round += 1) {
    const plan = broken ? planOfBreach(round) : planOf(seed, round)
    const at = world ?? (await reopen())
    const line = await runRound(at, plan, seed, values.verbose ? talk : () => {}).catch((error: Error): Line => {
      const { fault, target, state } = plan
      const nothing = { acknowledged: 0, stored: 0, ms: 0, hit: false }
      return { round, seed, fault: `${fault} ${target}`, state, ...nothing, oracle: `no verdict: ${error.message}` }
    })
    lines.push(line)
    if (!broken) writeLine(values.out, line)
    write(showLine(line))
    // What a round left behind that went wrong is nobody's fault in the next.
    if (broken && line.oracle !== 'ok') break
    if (line.oracle !== 'ok' && round + 1 < from + rounds) await reopen()
  }
} finally {
  await world?.close()
}

const { passed, failed, missed, byState, acknowledged, stored } = summarise(lines)
if (broken) {
  const red = lines.some(({ oracle }) => oracle.startsWith('lost') || oracle.includes('counted twice'))
  write(red ? `without ${broken} the oracle is red, as it must be` : `without ${broken} nobody noticed`)
  write(red ? '1 passed, 0 failed' : '0 passed, 1 failed')
  process.exitCode = red ? 0 : 1
} else {
  write(states.map((state) => `${state}: ${byState.get(state) ?? 0}`).join(', '))
  write(`${acknowledged} acknowledged, ${stored} stored; ${missed} rounds missed their state and do not count`)
  write(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}
