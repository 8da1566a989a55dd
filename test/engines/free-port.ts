/** Ports that stay free until they are listened on, and after a restart: outside the range from which the system takes those of connections. */

import { createServer } from 'node:net'

const [LOWEST, HIGHEST] = [10_000, 30_000]
const given = new Set<number>()

export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
