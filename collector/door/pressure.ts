/** Whether this process is short of something that only its doing less can mend: time of its core, or space on its disk. */

import type { Capacity, ShedReason } from '../deps.ts'

export interface Pressure {
  reason(): Extract<ShedReason, 'loop' | 'disk'> | undefined
  /** How late the core last was for its own clock, in milliseconds. */
  loopDelay(): number
  close(): void
}

export interface PressureDeps {
  readonly capacity: Pick<Capacity, 'loopDelayMs' | 'freeDiskBytes'>
  /** Of the disk that events are acknowledged from; where it cannot be told, none is asked for. */
  readonly freeBytes?: () => Promise<number>
  readonly now?: () => number
}

const BEAT_MS = 50
const DISK_MS = 2_000

/** Two timers, and nothing a request: a histogram of the loop's delays would cost each turn of it. */
export async function watchPressure({
  capacity,
  freeBytes,
  now = () => performance.now(),
}: PressureDeps): Promise<Pressure> {
  let due = now() + BEAT_MS
  let latest = 0
  /** Of the last two beats the lesser: a single stall is over when it is noticed, and nobody is turned away for it. */
  let delay = 0
  let short = false

  const beat = setInterval(() => {
    const time = now()
    const late = Math.max(0, time - due)
    delay = Math.min(late, latest)
    latest = late
    due = time + BEAT_MS
  }, BEAT_MS)
  beat.unref()

  async function look(): Promise<void> {
    short =
      freeBytes !== undefined && (await freeBytes().catch(() => Number.POSITIVE_INFINITY)) < capacity.freeDiskBytes
  }
  await look()
  const disk = setInterval(look, DISK_MS)
  disk.unref()

  return {
    reason: () => (short ? 'disk' : delay > capacity.loopDelayMs ? 'loop' : undefined),
    loopDelay: () => delay,
    close() {
      clearInterval(beat)
      clearInterval(disk)
    },
  }
}
