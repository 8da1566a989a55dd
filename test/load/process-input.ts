/** How a process of the bench is told what to do, and how it answers. */

import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type * as z from 'zod'

const lines = createInterface(process.stdin)
const asked = new Promise<void>((resolve) => lines.once('close', resolve))
const first = new Promise<string>((resolve) => lines.once('line', resolve))

/** The first line of its standard input. */
export async function readInput<S extends z.ZodType>(schema: S): Promise<z.output<S>> {
  return schema.parse(JSON.parse(await first))
}

export function answer(value: unknown): void {
  writeSync(1, `${JSON.stringify(value)}\n`)
}

/** Resolves when whoever started this process wants it to end, or is gone. */
export function untilAsked(): Promise<void> {
  return asked
}
