/** How long it takes from an accepted event until the visitor reads the interest, and until the visitor counts in a segment. */

import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { type BenchVisitor, consent, consentAll, eventsBody, headersOf } from './bench-visitors.ts'
import { startServer } from './load.ts'
import { networkEngines } from './network-engines.ts'
import { type Options, quantile, type Row, round, spelled } from './row.ts'

const BAR_MS = 2_000
/** Asking is work for the same core, so not without a pause. */
const POLL_MS = 25
/** Of others, meanwhile: a site with some ten million views a month. */
const BACKGROUND_PER_SECOND = 20
const GIVE_UP_MS = 60_000

const Profile = z.object({ interests: z.array(z.object({ id: z.string() })) })
const Members = z.object({ n: z.int() })

export const freshness: Row = {
  name: 'from accepted to visible',
  async measure(options) {
    const embedded = await shapeOf(options, 'embedded', {})
    const { environment, names, missing } = await networkEngines()
    if (environment === undefined)
      return [
        ...embedded,
        {
          what: 'across the network',
          value: 'not measured',
          bar: `<= ${spelled(BAR_MS)} ms`,
          note: missing,
          numbers: {},
        },
      ]
    return [...embedded, ...(await shapeOf(options, names, { environment }))]
  },
}

async function shapeOf({ directory, quick, say }: Options, shape: string, input: { readonly environment?: object }) {
  say(shape)
  const server = await startServer('web-side-process', directory, input, 'source')
  const { membersPort } = z.object({ membersPort: z.int() }).parse(server.answer)
  const background = startBackground(server.url, await consentAll(server.url, 200))
  const probes = quick ? 10 : 150
  const inProfile: number[] = []
  const inSegment: number[] = []
  try {
    for (let probe = 0; probe < probes; probe += 1) {
      if (probe % 50 === 0) say(`visitor ${probe + 1} of ${probes}`)
      const visitor = await consent(server.url, 10_000 + probe)
      const before = await membersAt(membersPort)
      await post(server.url, visitor, eventsBody(2, 'garden/trees', 'meta:trees'))
      const accepted = performance.now()
      const profile = until(accepted, async () => {
        const asked = await fetch(`${server.url}/v1/profile?site=demo`, { headers: headersOf(visitor) })
        return Profile.parse(await asked.json()).interests.some(({ id }) => id === 'garden.trees')
      })
      const segment = until(accepted, async () => (await membersAt(membersPort)) > before)
      inProfile.push(await profile)
      inSegment.push(await segment)
    }
  } finally {
    await background.stop()
    await server.stop()
  }
  const others = `while others sent ${BACKGROUND_PER_SECOND} views a second`
  return [
    findingOf(`${shape}: accepted -> in GET /v1/profile, p99`, inProfile, others),
    findingOf(`${shape}: accepted -> in segment membership as an export reads it, p99`, inSegment, others),
  ]
}

const BUCKETS_MS = [50, 100, 200, 400, 800, 1_600]

/** How many were slower than the bucket before and not slower than this one; the last holds all others. */
function histogram(ms: readonly number[]): number[] {
  const edges = [0, ...BUCKETS_MS, Number.POSITIVE_INFINITY]
  return edges.slice(1).map((edge, n) => ms.filter((each) => each > (edges[n] ?? 0) && each <= edge).length)
}

function findingOf(what: string, ms: readonly number[], others: string) {
  const [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1].map((share) => round(quantile(ms, share)))
  return {
    what,
    value: `${spelled(p99 ?? 0)} ms`,
    bar: `<= ${spelled(BAR_MS)} ms`,
    met: (p99 ?? Number.POSITIVE_INFINITY) <= BAR_MS,
    note: `median ${p50}, p90 ${p90}, longest ${max} ms of ${ms.length} visitors, ${others}; up to ${BUCKETS_MS.join(', ')} ms and more: ${histogram(ms).join(', ')}; asked every ${POLL_MS} ms`,
    numbers: {
      p50: p50 ?? 0,
      p90: p90 ?? 0,
      p99: p99 ?? 0,
      max: max ?? 0,
      probes: ms.length,
      histogram: histogram(ms),
    },
  }
}

/** Milliseconds since `start` when it is first so. */
async function until(start: number, isSo: () => Promise<boolean>): Promise<number> {
  while (!(await isSo())) {
    if (performance.now() - start > GIVE_UP_MS) throw new Error(`not visible after ${GIVE_UP_MS} ms`)
    await pause(POLL_MS)
  }
  return performance.now() - start
}

async function membersAt(port: number): Promise<number> {
  const asked = await fetch(`http://127.0.0.1:${port}/`)
  return Members.parse(await asked.json()).n
}

async function post(url: string, visitor: BenchVisitor, body: string): Promise<void> {
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers: headersOf(visitor), body })
  const text = await answer.text()
  if (answer.status !== 202 || !text.includes('"refused":[]')) throw new Error(`events were answered ${text}`)
}

/** Views of other topics, so that the segment asked about grows by the probes alone. */
function startBackground(url: string, visitors: readonly BenchVisitor[]) {
  let failure: unknown
  let n = 0
  const timer = setInterval(() => {
    const visitor = visitors[n++ % visitors.length]
    if (visitor) post(url, visitor, eventsBody(1)).catch((error: unknown) => (failure ??= error))
  }, 1_000 / BACKGROUND_PER_SECOND)
  return {
    async stop() {
      clearInterval(timer)
      if (failure) throw failure
    },
  }
}
