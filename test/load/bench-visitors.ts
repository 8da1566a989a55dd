/** Visitors who agreed, through the collector's own door, and what their browsers send. */

import { randomUUID } from 'node:crypto'
import * as z from 'zod'

export const ORIGIN = 'http://localhost:8080'
const AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'

export const BenchVisitor = z.object({ cookie: z.string(), address: z.string() })
export type BenchVisitor = z.infer<typeof BenchVisitor>

export function headersOf({ cookie, address }: BenchVisitor): Record<string, string> {
  return {
    Origin: ORIGIN,
    Referer: `${ORIGIN}/de/solar`,
    'Content-Type': 'text/plain;charset=UTF-8',
    'User-Agent': AGENT,
    Accept: '*/*',
    'Accept-Language': 'de-DE,de;q=0.9,en;q=0.8',
    'Accept-Encoding': 'gzip, deflate, br, zstd',
    'Sec-Fetch-Site': 'same-site',
    'Sec-Fetch-Mode': 'cors',
    'X-Forwarded-For': address,
    ...(cookie && { Cookie: cookie }),
  }
}

/** Grants all three purposes of a device. */
export async function consent(url: string, number: number): Promise<BenchVisitor> {
  const address = `10.${(number >> 8) & 255}.${number & 255}.7`
  const response = await fetch(`${url}/v1/consent`, {
    method: 'POST',
    headers: headersOf({ cookie: '', address }),
    body: JSON.stringify({
      site: 'demo',
      notice: '2026-11',
      lang: 'de',
      purposes: ['P1', 'P2', 'P3'],
      method: 'banner',
      path: '/de',
    }),
  })
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0]
  await response.arrayBuffer()
  if (response.status !== 200 || !cookie) throw new Error(`a consent was answered ${response.status}`)
  return { cookie, address }
}

export async function consentAll(url: string, visitors: number): Promise<BenchVisitor[]> {
  const all: BenchVisitor[] = []
  for (let first = 0; first < visitors; first += 50)
    all.push(...(await Promise.all(Array.from({ length: 50 }, (_, n) => consent(url, first + n)))))
  return all
}

const paths = ['solar/balcony-power', 'heating/heat-pump', 'storage/backup', 'mobility/e-car', 'garden/rain', 'kitchen']

/** Views of pages; the ids are new, as a retry would be. */
export function eventsBody(events: number, topic?: string, declared?: string): string {
  const now = Date.now()
  const pick = () => paths[Math.floor(Math.random() * paths.length)] ?? ''
  return JSON.stringify({
    site: 'demo',
    sent: now,
    events: Array.from({ length: events }, (_, step) => {
      const path = topic ?? pick()
      return {
        id: randomUUID(),
        type: 'page_view',
        time: now - (events - step) * 900,
        url: `${ORIGIN}/de/${path}?utm_source=search&utm_campaign=autumn`,
        session: 1,
        step: step + 1,
        referrer: `${ORIGIN}/de`,
        title: `Südseite: ${path}`,
        interests: [declared ?? `data:${path.split('/')[0]}`],
      }
    }),
  })
}
