/** Page views, also those without a page load, and what came of each: seconds engaged, depth scrolled. */

import { flush, page, push } from './queue.ts'
import { hash, on } from './tag.ts'

let seconds: number
let depth: number
/** Seconds until who does nothing counts as gone. */
let patience = 30

const address = () => location.href.replace(hash == null ? /#.*/ : '', '')

export function view(referrer?: string): void {
  page.url = address()
  page.interests = []
  seconds = depth = 0
  push('page_view', { referrer })
}

/** A part of the view's time, so that parts add up however often the page is hidden. */
function engaged(): void {
  if (seconds) push('engaged', { props: { seconds, depth } })
  seconds = 0
}

function moved(): void {
  if (address() !== page.url) {
    engaged()
    view()
  }
}

;(window as { navigation?: EventTarget }).navigation?.addEventListener('currententrychange', moved)
on('scroll mousemove keydown', () => {
  patience = 30
})
on('pagehide visibilitychange', ({ type }: Event) => {
  engaged()
  flush(type === 'pagehide')
})

setInterval(() => {
  // Where the browser has no Navigation API.
  moved()
  if (!document.hidden) {
    depth = Math.max(depth, Math.min(100, (100 * (scrollY + innerHeight)) / document.documentElement.scrollHeight) | 0)
    if (--patience > 0) seconds++
  }
}, 1e3)
setInterval(flush, 500)
