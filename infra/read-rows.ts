/** Rows as their question's schema reads them. What is wrong with them is said without a value: they may be pseudonyms and persons. */

import * as z from 'zod'

export function readRows<R extends z.ZodType>(name: string, row: R, answer: unknown): z.output<R>[] {
  const rows = attempt(name, () => z.array(row).safeParse(answer))
  if (rows.success) return rows.data
  const wrong = rows.error.issues.slice(0, 3).map(({ code, path }) => `${code} at ${path.slice(1).join('.')}`)
  throw new Error(`${name}: rows of another shape: ${wrong.join(', ')}`)
}

/** A transform that throws, like `BigInt`, quotes what it was given. */
function attempt<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`${name}: rows that cannot be read: ${error instanceof Error ? error.name : typeof error}`)
  }
}
