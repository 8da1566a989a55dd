/** Records that the store refused, by their place in the log. What was in them stays there. */

import { v5 } from 'uuid'
import * as z from 'zod'
import { Day } from '../schemas/week.ts'
import { defineStatement, type Sql } from './ports/sql.ts'

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

export interface DeadLetters {
  /** Adding the same place again changes nothing. */
  add(letter: Omit<DeadLetter, 'id'>): Promise<void>
  /** The oldest first, at most a thousand. */
  list(): Promise<DeadLetter[]>
  get(id: string): Promise<DeadLetter | undefined>
  /** All places of one record, the first hundred. */
  withFingerprint(fingerprint: string): Promise<DeadLetter[]>
  remove(id: string): Promise<void>
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
  sql: `SELECT ${columns} FROM control.dead_letters ORDER BY day, topic, partition, position LIMIT 1000`,
  params: z.object({}),
  row: DeadLetter,
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

export function deadLettersIn(control: Sql): DeadLetters {
  return {
    async add(letter) {
      await control.run(add, { ...letter, id: deadLetterId(letter) })
    },
    list: () => control.run(list, {}),
    async get(id) {
      const [letter] = await control.run(get, { id })
      return letter
    },
    withFingerprint: (fingerprint) => control.run(withFingerprint, { fingerprint }),
    async remove(id) {
      await control.run(remove, { id })
    },
  }
}
