/** Closes what was opened, the last first, each even if another fails; the first failure is thrown when all have been tried. */

export type Close = () => Promise<void> | void

export async function closeAll(closing: Close[]): Promise<void> {
  const failures: unknown[] = []
  for (let close = closing.pop(); close; close = closing.pop()) {
    try {
      await close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
