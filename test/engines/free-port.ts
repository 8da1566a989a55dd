/** Ports that stay free until they are listened on, and after a restart: outside the range from which the system takes those of connections. */

import { createServer } from 'node:net'

/** Above the last port that browsers and `fetch` refuse, 10080. */
const LOWEST = 10_081
const [SHARE, SHARES] = [2_400, 8]
/** A share for each worker, as what one has found free it may listen on much later. */
const lowest = LOWEST + SHARE * (Number(process.env.VITEST_POOL_ID ?? 0) % SHARES)
const given = new Set<number>()

export const freePort = (): Promise<number> => freePorts(1)

/** The first of so many in a row. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = lowest + Math.floor(Math.random() * (SHARE - count))
    const ports = Array.from({ length: count }, (_, n) => first + n)
    if (ports.some((port) => given.has(port))) continue
    const free = await Promise.all(ports.map(isFree))
    if (!free.every(Boolean)) continue
    for (const port of ports) given.add(port)
    return first
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
