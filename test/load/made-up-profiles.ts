/** Made-up profiles by the million, straight into the tables. They come in the order of the tables, so that nothing is sorted or merged. */

import * as z from 'zod'
import { defineCommand, type Store } from '../../infra/ports/store.ts'

export interface MadeUp {
  readonly profiles: number
  /** The likeliest first. */
  readonly interests: readonly string[]
  /** The ISO week that is now. */
  readonly now: number
}

/** Of one profile, on average. */
export const SIGNALS = 8
/** Those who have an interest have this many signals of it, on average. */
const SIGNALS_OF_ONE = 2

/** Hexadecimal and evenly spread, like the MACs they stand for, but in ascending order. */
const p = `lower(hex(concat(
  reinterpretAsFixedString(byteSwap(number * intDiv(18446744073709551615, {profiles: UInt64}))), reinterpretAsFixedString(sipHash64(number)))))`
const shape = z.object({ profiles: z.int(), now: z.int() })

const fillProfiles = defineCommand({
  name: 'make_up_profiles',
  params: shape,
  sql: `
    INSERT INTO profiles SELECT 'demo', ${p}, {now: UInt16} + 20, '2026-11', {now: UInt16} - (cityHash64(number) % 12),
      ['DE', 'AT', 'CH', ''][cityHash64(number, 1) % 4 + 1], ['desktop', 'mobile', 'tablet'][cityHash64(number, 2) % 3 + 1],
      ['de', 'en'][cityHash64(number, 3) % 2 + 1]
    FROM numbers({profiles: UInt64})`,
})

/** Of those who have an interest: one to three rows, four weeks apart, in thirteen weeks; each of another kind and number. */
const fillSignals = defineCommand({
  name: 'make_up_signals',
  params: shape.extend({ interest: z.string(), share: z.int() }),
  sql: `
    INSERT INTO signals SELECT 'demo', {interest: String}, p, {now: UInt16} - age, 'rule',
      ['view', 'engaged', 'search'][cityHash64(dice, age) % 3 + 1], cityHash64(age, dice) % 5 + 1
    FROM (
      SELECT ${p} AS p, cityHash64(number, {interest: String}) AS dice
      FROM numbers({profiles: UInt64}) WHERE dice % 10000 < {share: UInt16}
    )
    ARRAY JOIN arrayMap(at -> at * 4 + intDiv(dice, 10000) % 5, reverse(range(1 + intDiv(dice, 50000) % 3))) AS age
    SETTINGS min_insert_block_size_rows = 4000000, min_insert_block_size_bytes = 0`,
})

/** The first interest is some six times as likely as the twentieth. */
export async function makeUpProfiles({ command }: Pick<Store, 'command'>, made: MadeUp): Promise<void> {
  const { profiles, interests, now } = made
  await command(fillProfiles, { profiles, now })
  const weights = interests.map((_, rank) => (rank + 1) ** -0.6)
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  for (const [rank, interest] of interests.entries()) {
    const share = Math.round((10_000 * SIGNALS * (weights[rank] ?? 0)) / (SIGNALS_OF_ONE * all))
    await command(fillSignals, { profiles, now, interest, share })
  }
}

/** The night has merged what profiles have; while something is measured, nobody merges beside it. */
export async function holdMerges({ command }: Pick<Store, 'command'>): Promise<void> {
  for (const table of ['profiles', 'signals'])
    await command(defineCommand({ name: 'hold_merges', sql: `SYSTEM STOP MERGES ${table}`, params: z.object({}) }), {})
}
