/** Is each engine there? Asked with an end to waiting, so that a hanging engine is named and not waited for. */

export type Check = () => Promise<unknown>

/** Names of the engines that failed or did not answer in time; none is ready. */
export async function failing(checks: Readonly<Record<string, Check>>, withinMs = 4_000): Promise<string[]> {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => ((await inTime(check, withinMs)) ? [] : [name])),
  )
  return answers.flat()
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
