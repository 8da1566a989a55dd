/** What the clients of one round did and were answered: the oracle's only source. It imports nothing from the product. */

export type Purposes = 'all' | 'counted' | 'profiled' | 'none'

/** One act of one visitor; its path is its own, so that the store cannot have it from anyone else. */
export interface Act {
  readonly id: string
  readonly type: string
  readonly path: string
  readonly visitor: Visitor
  /** `refused` by an answer that says so; `open` as long as no answer said anything. */
  fate: 'open' | 'acknowledged' | 'refused'
}

export interface Visitor {
  readonly purposes: Purposes
  readonly cookie: string
  /** Of the consent, as it was acknowledged. */
  readonly receipt: string | undefined
}

export interface Ledger {
  readonly round: number
  readonly visitors: Visitor[]
  readonly acts: Act[]
  /** Requests, from when to when they were under way. */
  readonly requests: { readonly sent: number; readonly ended: number; readonly answered: boolean }[]
  /** Requests that were sent again though they had been acknowledged. */
  repeated: number
}

export const newLedger = (round: number): Ledger => ({
  round,
  visitors: [],
  acts: [],
  requests: [],
  repeated: 0,
})

const CONSONANTS = 'bdfgklmnprstvz'
const VOWELS = 'aeiou'

/** A number as a word that nobody takes for a code: `407` is `bavilo`. */
export function wordOf(number: number, syllables = 3): string {
  const base = CONSONANTS.length * VOWELS.length
  let [word, rest] = ['', number]
  for (let at = 0; at < syllables; at += 1) {
    const digit = rest % base
    word = `${CONSONANTS[Math.floor(digit / VOWELS.length)]}${VOWELS[digit % VOWELS.length]}${word}`
    rest = Math.floor(rest / base)
  }
  if (rest > 0) throw new Error(`${number} is too large for ${syllables} syllables`)
  return word
}
