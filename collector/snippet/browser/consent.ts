/** What the visitor allows on this page. The collector's cookie decides; this keeps the page from asking in vain. */

import { openQueue } from './queue.ts'
import { explain, on } from './tag.ts'
import { view } from './views.ts'

export let allowed: readonly string[] = []
/** What the visitor chose last, another list for each choice: an older one's late answer allows no more. */
export let chosen: readonly string[]

/**
 * What ends waits for nothing. Global Privacy Control refuses the profile, Do Not Track analytics too; neither is ever read as a grant.
 * Answers what is left.
 */
export function choose(purposes: readonly string[]): readonly string[] {
  const { doNotTrack, globalPrivacyControl } = navigator as Navigator & { globalPrivacyControl?: boolean }
  const refused = doNotTrack === '1' ? 'P2P3' : globalPrivacyControl ? 'P3' : ''
  explain('GPC/DNT', refused)
  chosen = purposes.filter((purpose) => !refused.includes(purpose))
  allow(allowed)
  return chosen
}

/** P1 alone sends nothing; P2 and P3 are nothing without it. */
export function allow(purposes: readonly string[]): void {
  allowed = purposes.filter((purpose) => chosen.includes(purpose))
  if (openQueue(allowed.includes('P1') && allowed[1])) view(document.referrer)
}

/** The collector knows of no consent. With analytics that concerns the visitor; without, perhaps only an act that no profile may know. */
on('bauta:no_consent', () => {
  if (allowed.includes('P2')) allow([])
})
