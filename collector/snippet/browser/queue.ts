/** Takes events from the page to the collector: bounded, in batches, each kept until it is answered. */

import type { WireEvent } from '../../../schemas/event.ts'
import { type Answer, ask } from './ask.ts'
import { collectInterests } from './interests.ts'
import { explain } from './tag.ts'

/** The view at hand. Its events share the list of interests, which is filled as they leave, when the page has been built. */
export const page: { url?: string; interests: string[] } = { interests: [] }

interface Memory {
  events: WireEvent[]
  /** Counted from 1 in each tab; half an hour without an event begins another. */
  session: number
  step?: number
  /** When the last event happened. */
  time: number
  /** The collector is not asked before then: it said Retry-After, or did not answer. */
  wait?: number | boolean
}

/** Is there exactly as long as events may be sent. */
let memory: Memory | undefined

/** Opened, it takes events, and recalls those of the page before; closed, it forgets all. Answers whether it has just been opened. */
export function openQueue(may: unknown): unknown {
  if (!may === !memory) return
  memory = may ? { events: [], session: 0, time: 0 } : undefined
  try {
    if (may) memory = JSON.parse(sessionStorage.bauta)
    else delete sessionStorage.bauta
  } catch {}
  return may
}

/** Where the browser refuses storage, the page's own memory must do. */
function keep(): void {
  try {
    if (memory) sessionStorage.bauta = JSON.stringify(memory)
  } catch {}
}

export function push(type: string, more?: unknown): undefined {
  if (!memory) return explain(type, 'no consent')
  const time = Date.now()
  if (time - memory.time > 18e5) {
    memory.session++
    memory.step = 0
  }
  memory.time = time
  const { events, session } = memory
  events.push({
    id: crypto.randomUUID(),
    type,
    time,
    session,
    step: (memory.step as number)++,
    ...page,
    ...(more as object),
  } as WireEvent)
  // The collector, a beacon and a keepalive fetch take 50 events and 64 KB; a character is three bytes at most.
  while (events.length > 50 || JSON.stringify(events).length > 2e4) events.shift()
  keep()
}

/**
 * A fetch, so that the answer is seen; only a page that is left sends a beacon. Nobody hears its answer, so those events stay in the tab,
 * and its next page says the same ids again. A page that comes back from the browser's cache cannot know what was decided meanwhile: it
 * starts closed.
 */
export async function flush(leaving?: boolean): Promise<void> {
  const asked = memory
  if (!asked) return
  const { events, wait } = asked
  const count = events.length
  const sent = Date.now()
  if (count) {
    collectInterests(page.interests)
    keep()
  }
  if (leaving) memory = undefined
  if (count && !((wait as number) > sent) && document.readyState !== 'loading') {
    // One at a time. What storage makes of it holds nobody up.
    asked.wait = Infinity
    const [status, told, retryAfter] = await ask('events', 'POST', { sent, events }, leaving).catch((): Answer => [500])
    asked.wait =
      ((status as number) > 428 || status === 408) &&
      Date.now() + 1e3 * (retryAfter as number | 0) + 2e4 * Math.random()
    if (!asked.wait) {
      events.splice(0, count)
      if (/no_consent/.test(JSON.stringify(told))) dispatchEvent(new Event('bauta:no_consent'))
    }
    keep()
  }
}
