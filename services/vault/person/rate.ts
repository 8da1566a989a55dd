/** How often one network may ask. In memory: after a restart everyone starts anew. */

import ipaddr from 'ipaddr.js'

export interface RateLimit {
  readonly times: number
  readonly windowMs: number
}

const MAX_NETWORKS = 50_000

export function rateLimiter({ times, windowMs }: RateLimit, clock: () => number): (address: string) => boolean {
  const seen = new Map<string, { until: number; count: number }>()
  return (address) => {
    const now = clock()
    const network = networkOf(address)
    let entry = seen.get(network)
    if (!entry || entry.until <= now) {
      seen.delete(network)
      // The oldest go first, so that a flood from everywhere costs memory only once.
      for (const oldest of seen.keys()) {
        if (seen.size < MAX_NETWORKS) break
        seen.delete(oldest)
      }
      entry = { until: now + windowMs, count: 0 }
      seen.set(network, entry)
    }
    entry.count += 1
    return entry.count <= times
  }
}

/** What one household or office may have many addresses of. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return ''
  const parsed = ipaddr.process(address)
  return parsed
    .toByteArray()
    .slice(0, parsed.kind() === 'ipv4' ? 3 : 6)
    .join('.')
}
