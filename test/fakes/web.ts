/** A small web side behind the ports, hand-made and typed by them; all that the collector writes or says is kept. */

import { createHmac } from 'node:crypto'
import pino from 'pino'
import { createCollector } from '../../collector/app.ts'
import type { CollectorDeps, Limits } from '../../collector/deps.ts'
import { compileSites } from '../../collector/site.ts'
import { openRefused } from '../../collector/visitors/refused.ts'
import type { Cache } from '../../infra/ports/cache.ts'
import type { MacKey, WebKeys } from '../../infra/ports/keys.ts'
import { type LogEntry, SavedForLater } from '../../infra/ports/log.ts'
import { SiteConfig } from '../../schemas/config.ts'
import { Fault } from '../../schemas/fault.ts'
import { Interests } from '../../schemas/interest.ts'
import { type RecordOf, type Topic, topics } from '../../schemas/topics.ts'
import { DAY_MS, dayOf } from '../../schemas/week.ts'

export const now = Date.UTC(2026, 10, 22, 12)
export const origin = 'https://magazine.example'
export const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0'

const text = { de: 'Wir würden gern sehen, was Sie lesen.', en: 'We would like to see what you read.' }
export const siteConfig = SiteConfig.parse({
  origins: [origin],
  languages: ['de', 'en'],
  interests: 'interests.yaml',
  profile: true,
  query: ['topic'],
  events: {
    search: { properties: { topic: { enum: ['solar', 'garden'] } } },
    product_view: { properties: { category: { enum: ['solar', 'garden'] }, price: { number: { min: 0, max: 1e4 } } } },
    keep: { properties: { topic: { enum: ['solar'] } } },
  },
  neverProfiled: ['/kids/**'],
  notices: [
    { version: '2026-11', purposes: ['P1', 'P2', 'P3'], text },
    { version: '2026-10', purposes: ['P1', 'P2', 'P3'], text, retired: true },
    { version: 'mail', purposes: ['P4', 'P5'], text },
  ],
})

export const interests = Interests.parse({
  halfLifeWeeks: 6,
  bands: { low: 1, medium: 6, high: 15 },
  weights: { view: 1, engaged: 2, search: 3, download: 3, product_view: 2, cart_add: 5 },
  interests: {
    solar: { name: { de: 'Solarstrom', en: 'Solar power' } },
    garden: { name: { de: 'Garten', en: 'Garden' } },
    health: { name: { de: 'Gesundheit' }, special: true },
    'health.allergies': { name: { de: 'Allergien' } },
  },
  rules: [
    { id: 'solar-path', interest: 'solar', path: '/solar/**' },
    { id: 'solar-declared', interest: 'solar', declared: 'solar', weight: 2 },
    { id: 'solar-category', interest: 'solar', category: 'solar' },
    { id: 'garden-ld', interest: 'garden', jsonld: 'Garten' },
    { id: 'allergies-path', interest: 'health.allergies', path: '/health/**' },
  ],
})

function macKey(name: string): MacKey {
  return { mac: (fields) => createHmac('sha256', name).update(JSON.stringify(fields)).digest('hex').slice(0, 32) }
}

/** Seals by encoding, so that tests can look inside. */
export const webKeys: WebKeys = {
  cookie: (site) => macKey(`cookie ${site}`),
  interest: (site) => macKey(`interest ${site}`),
  event: (site, day) =>
    day >= dayOf(now - 2 * DAY_MS) && day <= dayOf(now + DAY_MS) ? macKey(`event ${site} ${day}`) : undefined,
  route: macKey('route'),
  dedup: macKey('dedup'),
  link: { seal: async (plain, aad) => Buffer.from(JSON.stringify({ plain, aad })).toString('base64url') },
}

export function memoryCache(): Cache {
  const values = new Map<string, string>()
  const uses = new Map<string, number>()
  return {
    get: async (key) => values.get(key),
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
    async take(key, limit) {
      const used = (uses.get(key) ?? 0) + 1
      uses.set(key, used)
      return used <= limit
    },
    healthy: async () => {},
    close: async () => {},
  }
}

export interface WebOptions {
  readonly limits?: Partial<Limits>
  readonly site?: Partial<SiteConfig>
  readonly deps?: Partial<CollectorDeps>
}

const noLimits: Limits = {
  network: Number.POSITIVE_INFINITY,
  visitor: Number.POSITIVE_INFINITY,
  large: Number.POSITIVE_INFINITY,
  links: Number.POSITIVE_INFINITY,
}

/** A collector in a world of its own. `time`, `down` and `away` (the spool takes all but stops) may be changed while it runs. */
export async function webWorld({ limits, site, deps: more }: WebOptions = {}) {
  const world = { time: now, down: false, away: false }
  const records: LogEntry[] = []
  const lines: string[] = []
  const metrics: unknown[][] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const cache = memoryCache()
  const clock = () => world.time
  const log: CollectorDeps['log'] = {
    partitions: 4,
    async append(entries) {
      if (world.down) throw new Fault('log_down', 'the log cannot be written')
      if (world.away && entries.some((entry) => entry.topic === 'stops')) throw new SavedForLater()
      for (const entry of entries) topics[entry.topic].schema.parse(entry.record)
      records.push(...entries)
    },
  }
  const readToEnd = async <T extends Topic>(topic: T) => ({ upTo: {}, records: of(topic) })
  const refused = await openRefused({ log: { readToEnd }, cache, clock, logger })
  const deps: CollectorDeps = {
    sites: compileSites({ demo: { ...siteConfig, ...site } }, () => interests),
    keys: webKeys,
    log,
    cache,
    refused,
    snippet: { js: 'void 0', etag: '"1"' },
    clock,
    clientAddressHeader: 'x-forwarded-for',
    siteKeys: new Map([['demo', 'k'.repeat(32)]]),
    geo: () => '',
    lookUpReceipt: async () => undefined,
    checks: { log: async () => {} },
    degraded: () => [],
    limits: { ...noLimits, ...limits },
    logger,
    meter: {
      accepted: (...said) => void metrics.push(said),
      refused: (...said) => void metrics.push(said),
      rejected: (...said) => void metrics.push(said),
      shed: (...said) => void metrics.push(said),
    },
    ...more,
  }
  const { app, takeEvents } = createCollector(deps)

  function of<T extends Topic>(topic: T): RecordOf<T>[] {
    return records.flatMap((entry) => (entry.topic === topic ? [entry.record as RecordOf<T>] : []))
  }
  /** As a browser would, with the cookie it was last given. */
  function browser() {
    const jar = new Map<string, string>()
    return {
      jar,
      async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
        const response = await app.request(path, {
          method,
          headers: {
            origin,
            'user-agent': userAgent,
            'accept-language': 'de-AT,de;q=0.9',
            'x-forwarded-for': '203.0.113.77',
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(jar.size > 0 ? { cookie: [...jar].map((pair) => pair.join('=')).join('; ') } : {}),
            ...headers,
          },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        })
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(response.headers.get('set-cookie') ?? '') ?? []
        if (value) jar.set(name, value)
        else if (name) jar.delete(name)
        return response
      },
      consent(purposes: readonly string[], headers?: Record<string, string>, more?: object) {
        const said = { site: 'demo', notice: '2026-11', lang: 'de', purposes, method: 'banner', path: '/', ...more }
        return this.send('POST', '/v1/consent', said, headers)
      },
      events(events: readonly object[], headers?: Record<string, string>) {
        return this.send('POST', '/v1/events', { site: 'demo', sent: world.time, events }, headers)
      },
    }
  }
  return { app, takeEvents, deps, world, records, lines, metrics, of, browser }
}

let made = 0
/** A page view, or whatever `more` makes of it, with an id of its own. */
export function wireEvent(more: object = {}) {
  made += 1
  const id = `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`
  return { id, type: 'page_view', time: now, url: `${origin}/solar/roof`, ...more }
}
