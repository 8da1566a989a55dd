/** Which engines there are for tests, from the variables that `npm run engines` sets; nothing else reads them. */

export interface Found {
  /** As it is reported. */
  readonly name: string
  readonly url: string
}

export interface FoundEngines {
  /** Its URL is a list of `host:port`. */
  readonly kafka: Found | undefined
  readonly redis: Found | undefined
  /** Its URL is a superuser's. */
  readonly postgres: Found | undefined
  readonly clickhouse: Found | undefined
}

const variables = { kafka: 'KAFKA_BROKERS', redis: 'REDIS_URL', postgres: 'POSTGRES_URL', clickhouse: 'CLICKHOUSE_URL' }
const names = { kafka: 'KAFKA_NAME', redis: 'REDIS_NAME', postgres: 'POSTGRES_NAME', clickhouse: 'CLICKHOUSE_NAME' }
const fallback = { kafka: 'Kafka', redis: 'Redis', postgres: 'PostgreSQL', clickhouse: 'ClickHouse' }
export const kinds = ['kafka', 'redis', 'postgres', 'clickhouse'] as const
export type EngineKind = (typeof kinds)[number]

export function foundEngines(): FoundEngines {
  const found = kinds.map((kind) => {
    const url = process.env[`TEST_${variables[kind]}`]
    return [kind, url ? { url, name: process.env[`TEST_${names[kind]}`] ?? fallback[kind] } : undefined]
  })
  return Object.fromEntries(found)
}

/** What a process is told so that its tests find them. */
export function variablesOf(engines: Readonly<Partial<Record<EngineKind, Found>>>): Record<string, string> {
  const set = kinds.flatMap((kind) => {
    const engine = engines[kind]
    if (!engine) return []
    return [
      [`TEST_${variables[kind]}`, engine.url],
      [`TEST_${names[kind]}`, engine.name],
    ]
  })
  return Object.fromEntries(set)
}

/** Suites that need just any store or database take these instead of the embedded ones. */
export const overDistributed = (): boolean => process.env.BAUTA_TEST_ENGINES === 'distributed'

/** For the title of a suite that takes them. */
export function overWhich(): string {
  if (!overDistributed()) return 'on embedded engines'
  const found = Object.values(foundEngines()).flatMap((engine: Found | undefined) => engine?.name ?? [])
  return `on ${found.join(', ')}`
}

/** For the title of a suite that is skipped. */
export const absent = (kind: EngineKind): string =>
  `no ${fallback[kind]}: TEST_${variables[kind]} is not set, see npm run engines`
