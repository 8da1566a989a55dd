/** Append-only chains: each entry names the one before it, and commits to its content under a salt, so that erasing content breaks nothing. */

export interface ChainLink {
  readonly sequence: number
  /** Of the salt and the content; stays when they are erased. */
  readonly commitment: string
  /** Of the entry before, this sequence, and this commitment. */
  readonly hash: string
}

/** Hex of SHA-256. Given in, because words import no crypto. */
export type Digest = (text: string) => string

export function commit(digest: Digest, salt: string, content: unknown): string {
  return digest(`${salt}\n${canonical(content)}`)
}

export function link(digest: Digest, before: Pick<ChainLink, 'sequence' | 'hash'>, commitment: string): ChainLink {
  const sequence = before.sequence + 1
  return { sequence, commitment, hash: digest(`${before.hash}\n${sequence}\n${commitment}`) }
}

export const chainStart = { sequence: 0, hash: '' } as const

export interface Stored extends ChainLink {
  /** `null` once erased. */
  readonly salt: string | null
  readonly content: unknown
}

/** The first sequence at which the chain does not hold, and why; `undefined` if it holds. A long one is verified in pages, each from the last entry of the one before. */
export function verifyChain(
  digest: Digest,
  entries: Iterable<Stored>,
  start: Pick<ChainLink, 'sequence' | 'hash'> = chainStart,
): { readonly sequence: number; readonly reason: string } | undefined {
  let before = start
  for (const entry of entries) {
    const expected = link(digest, before, entry.commitment)
    if (entry.sequence !== expected.sequence) return { sequence: expected.sequence, reason: 'an entry is missing' }
    if (entry.hash !== expected.hash) return { sequence: entry.sequence, reason: 'the chain was rewritten' }
    if (entry.salt !== null && commit(digest, entry.salt, entry.content) !== entry.commitment)
      return { sequence: entry.sequence, reason: 'the content was changed' }
    before = entry
  }
  return undefined
}

/** JSON with sorted keys, so that one content has one text whatever a database made of its order. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null)
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`)
    .join(',')}}`
}
