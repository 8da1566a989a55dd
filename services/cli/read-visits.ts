/** A file of page views, one JSON object a line, plain or gzipped: read as a stream, each line as a value. */

import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'

const Visit = z.object({
  /** Whoever made the file numbered them; nothing else is known of one. */
  visitor: z.int(),
  t: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  path: z.string().startsWith('/'),
  referrer: z.string().default(''),
  ua: z.string().default(''),
})
export type Visit = Readonly<z.infer<typeof Visit>>

export interface VisitLine {
  /** Counted from 1. */
  readonly number: number
  /** `undefined` for a line that is no page view. */
  readonly visit: Visit | undefined
}

/** Empty lines are left out. Throws `invalid` when the file cannot be read to its end. */
export async function* readVisits(file: string): AsyncGenerator<VisitLine> {
  let number = 0
  for await (const text of linesOf(file)) {
    number += 1
    if (text.trim() !== '') yield { number, visit: visitOf(text) }
  }
}

function visitOf(text: string): Visit | undefined {
  try {
    return Visit.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of openFile(file)) {
      const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (cause) {
    throw new Fault('invalid', `${file} cannot be read to its end; is it whole?`, { cause })
  }
  yield rest + decoder.decode()
}

function openFile(file: string) {
  const raw = createReadStream(file)
  // Whoever reads the result sees the error of either; the callback only keeps it from being thrown twice.
  return file.endsWith('.gz') ? pipeline(raw, createGunzip(), () => {}) : raw
}
