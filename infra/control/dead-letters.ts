/** Records that the store refused, by their place in the log. What was in them stays there. */

import { v5 } from 'uuid'
import * as z from 'zod'
import { topics } from '../../schemas/topics.ts'
import { Day, dayOf } from '../../schemas/week.ts'
import { defineStatement, type Sql } from '../ports/sql.ts'

export const DeadLetter = z.object({
  id: z.uuid(),
  topic: z.string(),
  partition: z.int(),
  position: z.coerce.number(),
  reason: z.string(),
  fingerprint: z.string(),
  day: Day,
})
export type DeadLetter = z.infer<typeof DeadLetter>

/** A part of one partition of the log. */
const Part = z.object({ topic: z.string(), partition: z.int(), from: z.int(), until: z.int() })

export interface DeadLetters {
  /** Adding the same place again changes nothing. */
  add(letter: Omit<DeadLetter, 'id'>): Promise<void>
  /** The newest first, at most a thousand: those behind them the log has let go of sooner. */
  list(): Promise<DeadLetter[]>
  /** Of all letters from `from` to before `until`, in order. */
  positions(part: z.input<typeof Part>): Promise<number[]>
  get(id: string): Promise<DeadLetter | undefined>
  /** All places of one record, the first hundred. */
  withFingerprint(fingerprint: string): Promise<DeadLetter[]>
  remove(id: string): Promise<void>
  /** Deletes those whose time is over. */
  expire(now: number): Promise<void>
}

/**
 * No topic keeps a record for longer, so nothing that could be tried again goes. Most keep it for two days: for the rest of the time a letter
 * tells whoever was away what was lost, and why.
 */
const KEEP_MS = Math.max(...Object.values(topics).map(({ keepHours }) => keepHours)) * 3_600_000

/** The last day of a letter. */
export function lastDayOf({ day }: Pick<DeadLetter, 'day'>): string {
  return dayOf(Date.parse(day) + KEEP_MS)
}

/** Makes a place in the log an id, the same one every time. */
const NAMESPACE = '5b0f3f0a-6f0e-4a53-9a57-3a2c2f0d6c11'
export function deadLetterId({ topic, partition, position }: Pick<DeadLetter, 'topic' | 'partition' | 'position'>) {
  return v5(`${topic}:${partition}:${position}`, NAMESPACE)
}

const columns = 'id, topic, partition, position, reason, fingerprint, day::text AS day'
const add = defineStatement({
  name: 'dead_letter_add',
  sql: `INSERT INTO control.dead_letters (id, topic, partition, position, reason, fingerprint, day)
    VALUES ($id, $topic, $partition, $position, $reason, $fingerprint, $day) ON CONFLICT (id) DO NOTHING`,
  params: DeadLetter,
  row: z.unknown(),
})
const list = defineStatement({
  name: 'dead_letter_list',
  sql: `SELECT ${columns} FROM control.dead_letters ORDER BY day DESC, position DESC, topic, partition LIMIT 1000`,
  params: z.object({}),
  row: DeadLetter,
})
const positions = defineStatement({
  name: 'dead_letter_positions',
  sql: `SELECT position FROM control.dead_letters
    WHERE topic = $topic AND partition = $partition AND position >= $from AND position < $until ORDER BY position`,
  params: Part,
  row: DeadLetter.pick({ position: true }),
})
const get = defineStatement({
  name: 'dead_letter_get',
  sql: `SELECT ${columns} FROM control.dead_letters WHERE id = $id`,
  params: z.object({ id: z.uuid() }),
  row: DeadLetter,
})
const withFingerprint = defineStatement({
  name: 'dead_letter_with_fingerprint',
  sql: `SELECT ${columns} FROM control.dead_letters WHERE fingerprint = $fingerprint ORDER BY position DESC LIMIT 100`,
  params: z.object({ fingerprint: z.string() }),
  row: DeadLetter,
})
const remove = defineStatement({
  name: 'dead_letter_remove',
  sql: 'DELETE FROM control.dead_letters WHERE id = $id',
  params: z.object({ id: z.uuid() }),
  row: z.unknown(),
})

const expire = defineStatement({
  name: 'dead_letter_expire',
  sql: 'DELETE FROM control.dead_letters WHERE day < $before',
  params: z.object({ before: Day }),
  row: z.unknown(),
})

export function deadLettersIn(control: Sql): DeadLetters {
  return {
    async add(letter) {
      await control.run(add, { ...letter, id: deadLetterId(letter) })
    },
    list: () => control.run(list, {}),
    positions: async (part) => (await control.run(positions, part)).map(({ position }) => position),
    async get(id) {
      const [letter] = await control.run(get, { id })
      return letter
    },
    withFingerprint: (fingerprint) => control.run(withFingerprint, { fingerprint }),
    async remove(id) {
      await control.run(remove, { id })
    },
    async expire(now) {
      await control.run(expire, { before: dayOf(now - KEEP_MS) })
    },
  }
}
