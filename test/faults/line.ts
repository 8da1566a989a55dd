/** One line a round, as it is written down, and what all of them say together. */

import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import * as z from 'zod'

export const Line = z.strictObject({
  round: z.int(),
  seed: z.int(),
  /** `kill loader`. */
  fault: z.string(),
  state: z.string(),
  /** Was it met there, with answers before, and after? A round that is not hit does not count. */
  hit: z.boolean(),
  acknowledged: z.int(),
  stored: z.int(),
  /** `ok`, or what differs. */
  oracle: z.string(),
  ms: z.int(),
})
export type Line = z.infer<typeof Line>

export function writeLine(file: string | undefined, line: Line): void {
  if (file) appendFileSync(file, `${JSON.stringify(line)}\n`)
}

export function readLines(file: string): Line[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => Line.parse(JSON.parse(line)))
}

export function showLine({ round, seed, fault, state, hit, acknowledged, stored, oracle, ms }: Line): string {
  const parts = [`round ${round}`, `seed ${seed}`, fault, state + (hit ? '' : ' (missed)')]
  return [...parts, `${acknowledged} acknowledged`, `${stored} stored`, oracle, `${(ms / 1000).toFixed(1)} s`].join(
    ' · ',
  )
}

export interface Summary {
  readonly passed: number
  readonly failed: number
  /** Not hit, so neither. */
  readonly missed: number
  readonly byState: ReadonlyMap<string, number>
  readonly byFault: ReadonlyMap<string, number>
  readonly acknowledged: number
  readonly stored: number
}

export function summarise(lines: readonly Line[]): Summary {
  const counted = lines.filter(({ hit }) => hit)
  const by = (key: (line: Line) => string) => {
    const of = new Map<string, number>()
    for (const line of counted) of.set(key(line), (of.get(key(line)) ?? 0) + 1)
    return of
  }
  const failed = lines.filter(({ oracle }) => oracle !== 'ok').length
  return {
    passed: counted.filter(({ oracle }) => oracle === 'ok').length,
    failed,
    missed: lines.filter(({ hit, oracle }) => !hit && oracle === 'ok').length,
    byState: by(({ state }) => state),
    byFault: by(({ fault }) => fault),
    acknowledged: lines.reduce((sum, line) => sum + line.acknowledged, 0),
    stored: lines.reduce((sum, line) => sum + line.stored, 0),
  }
}
