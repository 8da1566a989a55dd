/** What a visitor reads: pages by popularity, pulled towards their leanings, in visits spread over the last hours. */

import { pages, type SitePage } from '../site/pages.ts'
import type { Chance } from './chance.ts'

export interface Reader {
  readonly language: 'de' | 'en'
  /** Interests they come back to. */
  readonly leanings: readonly string[]
  readonly visits: number
}

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const referrers = ['', '', 'https://www.google.com/', 'https://duckduckgo.com/', 'https://news.example/'] as const

/** Visits as batches of events, all before `now`; the browser was offline and sends them late, as the protocol allows for a day. */
export function readingOf(chance: Chance, { language, leanings, visits }: Reader, origin: string, now: number) {
  const shelf = pages.filter((page) => page.language === language && page.kind !== 'service')
  const loved = shelf.filter(({ interests }) => interests.some((each) => leanings.includes(each)))
  const choose = () => (loved.length > 0 && chance.happens(0.65) ? chance.zipf(loved) : chance.zipf(shelf))
  const batches: object[][] = []
  for (let session = 0; session < visits; session += 1) {
    let time = now - (visits - session) * chance.whole(1, 5) * HOUR_MS - chance.whole(0, 40) * MINUTE_MS
    let step = 0
    const events: object[] = []
    const event = (type: string, page: SitePage, more: object = {}) => {
      step += 1
      events.push({ id: chance.uuid(), type, time, url: `${origin}${page.path}`, session, step, ...more })
    }
    for (let left = chance.whole(2, 7); left > 0; left -= 1) {
      const page = choose()
      event('page_view', page, {
        ...(step === 0 && { referrer: chance.pick(referrers) }),
        ...(page.declared.length > 0 && { interests: page.declared }),
      })
      if (page.topic) event('search', page, { props: { topic: page.topic } })
      if (page.product) event('product_view', page, { props: page.product })
      if (page.product && chance.happens(0.2)) event('cart_add', page, { props: page.product })
      const seconds = chance.whole(5, 240)
      time += seconds * 1_000
      event('engaged', page, { props: { seconds, depth: chance.whole(20, 100) } })
      time += chance.whole(1, 20) * 1_000
    }
    batches.push(events)
  }
  return batches
}
