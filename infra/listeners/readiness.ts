/** Is each engine there? Asked with an end to waiting, so that a hanging engine is named and not waited for. */

import type { Logger } from 'pino'

export type Check = () => Promise<unknown>

/** Names of the engines that failed or did not answer in time; none is ready. */
export async function failing(checks: Readonly<Record<string, Check>>, withinMs = 4_000): Promise<string[]> {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => ((await inTime(check, withinMs)) ? [] : [name])),
  )
  return answers.flat()
}

/** The same checks, and the log says when an engine goes, why, and when it is back; not each time that somebody asks. */
export function telling(log: Logger, checks: Readonly<Record<string, Check>>): Record<string, Check> {
  return Object.fromEntries(Object.entries(checks).map(([engine, check]) => [engine, tellingOne(log, engine, check)]))
}

function tellingOne(log: Logger, engine: string, check: Check): Check {
  let down = false
  return async () => {
    try {
      await check()
    } catch (error) {
      if (!down) log.warn({ engine, err: error }, 'an engine does not answer')
      down = true
      throw error
    }
    if (down) log.info({ engine }, 'the engine answers again')
    down = false
  }
}

async function inTime(check: Check, withinMs: number): Promise<boolean> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), withinMs)
  try {
    return await Promise.race([
      check().then(() => true),
      new Promise<false>((resolve) => late.signal.addEventListener('abort', () => resolve(false))),
    ])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
