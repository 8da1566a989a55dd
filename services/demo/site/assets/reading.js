/** A topic that was searched for, and articles kept for later in this window. */

import { bauta } from './bauta.js'
import { ifAllowed, onceAllowed } from './choice.js'

const topic = document.getElementById('search')?.dataset.topic
if (topic) onceAllowed(() => bauta('search', { topic }))

const keep = document.getElementById('keep')
if (keep) {
  const key = `suedseite-kept-${keep.dataset.slug}`
  const label = keep.textContent
  const show = (kept) => {
    keep.setAttribute('aria-pressed', String(kept))
    keep.textContent = kept ? `✓ ${keep.dataset.kept}` : label
  }
  show(sessionStorage.getItem(key) !== null)
  keep.addEventListener('click', () => {
    const kept = sessionStorage.getItem(key) === null
    if (kept) {
      sessionStorage.setItem(key, '1')
      ifAllowed('keep', { topic: keep.dataset.topic })
    } else sessionStorage.removeItem(key)
    show(kept)
  })
}
