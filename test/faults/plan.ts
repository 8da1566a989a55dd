/** Which fault strikes in which round, whom, and at what state of a batch: all of it from the seed, so that a round can be had again. */

import { type Chance, chanceOf } from './chance.ts'

export const states = [
  'before insert',
  'after insert',
  'before commit',
  'during rebalance',
  'spool draining',
  'under load',
] as const
export type State = (typeof states)[number]

/**
 * `freeze` is SIGSTOP, and later SIGCONT; `cut` refuses and resets, `hole` says nothing, `tear` ends an answer in its middle; `fill`
 * leaves no room on the disk of the spool; `turn` sets a clock wrong by hours; `join` is another loader that comes and goes at once.
 */
export type FaultName = 'kill' | 'freeze' | 'cut' | 'hole' | 'slow' | 'tear' | 'fill' | 'turn' | 'join'
export type Target = 'collector' | 'loader' | 'kafka' | 'clickhouse' | 'redis' | 'postgres'

export interface Plan {
  readonly round: number
  readonly fault: FaultName
  readonly target: Target
  readonly state: State
  /** How long it lasts before what was struck is mended. */
  readonly lastsMs: number
  /** What was caught on the wire arrives at once, or when all is mended. */
  readonly late: boolean
  /** Of `turn`: hours, either way. */
  readonly hours: number
}

type Case = readonly [FaultName, Target, State]

const cases: readonly Case[] = [
  ['kill', 'loader', 'before insert'],
  ['freeze', 'loader', 'before insert'],
  ['hole', 'loader', 'before insert'],
  ['turn', 'loader', 'before insert'],
  ['kill', 'clickhouse', 'before insert'],
  ['cut', 'clickhouse', 'before insert'],
  ['kill', 'redis', 'before insert'],

  ['kill', 'loader', 'after insert'],
  ['kill', 'loader', 'after insert'],
  ['freeze', 'loader', 'after insert'],
  ['cut', 'loader', 'after insert'],
  ['tear', 'clickhouse', 'after insert'],
  ['kill', 'clickhouse', 'after insert'],
  ['freeze', 'clickhouse', 'after insert'],

  ['kill', 'loader', 'before commit'],
  ['kill', 'loader', 'before commit'],
  ['freeze', 'loader', 'before commit'],
  ['cut', 'kafka', 'before commit'],
  ['tear', 'kafka', 'before commit'],
  ['kill', 'kafka', 'before commit'],
  ['hole', 'kafka', 'before commit'],

  ['join', 'loader', 'during rebalance'],
  ['kill', 'loader', 'during rebalance'],
  ['freeze', 'loader', 'during rebalance'],
  ['cut', 'kafka', 'during rebalance'],
  ['cut', 'clickhouse', 'during rebalance'],

  ['kill', 'collector', 'spool draining'],
  ['kill', 'collector', 'spool draining'],
  ['freeze', 'collector', 'spool draining'],
  ['tear', 'kafka', 'spool draining'],
  ['slow', 'kafka', 'spool draining'],
  ['cut', 'kafka', 'spool draining'],

  ['kill', 'collector', 'under load'],
  ['freeze', 'collector', 'under load'],
  ['turn', 'collector', 'under load'],
  ['fill', 'collector', 'under load'],
  ['hole', 'collector', 'under load'],
  ['slow', 'collector', 'under load'],
  ['freeze', 'kafka', 'under load'],
  ['slow', 'kafka', 'under load'],
  ['slow', 'clickhouse', 'under load'],
  ['kill', 'redis', 'under load'],
  ['freeze', 'redis', 'under load'],
  ['cut', 'redis', 'under load'],
  ['kill', 'postgres', 'under load'],
  ['freeze', 'postgres', 'under load'],
  ['cut', 'postgres', 'under load'],
]

/** Rounds are dealt like cards: each case once before any comes again. */
export function planOf(seed: number, round: number): Plan {
  const deal = Math.floor((round - 1) / cases.length)
  const [fault, target, state] = chanceOf(seed, deal).shuffled(cases)[(round - 1) % cases.length] as Case
  const chance = chanceOf(seed, round, 1)
  return {
    round,
    fault,
    target,
    state,
    lastsMs: chance.between(300, 1_500),
    late: chance.percent(50),
    hours: hours(chance),
  }
}

export const breaches = ['dedup', 'token', 'fence'] as const

/** Rounds in which a build without that safeguard cannot come out right: a loader dies with a range that the store has already. */
export function planOfBreach(round: number): Plan {
  const shape = {
    fault: 'kill',
    target: 'loader',
    state: 'after insert',
    lastsMs: 1_000,
    late: true,
    hours: 0,
  } as const
  return { round, ...shape }
}

function hours(chance: Chance): number {
  return (chance.percent(50) ? 1 : -1) * chance.between(1, 5)
}
