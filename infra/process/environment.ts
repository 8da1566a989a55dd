/** What the environment sets: where things lie, which engines, secrets. Parsed once; nothing else reads process.env. */

import { resolve } from 'node:path'
import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import { type DistributedConfig, engineSecrets, readDistributed } from '../distributed/settings.ts'
import { secretOf, withSecrets } from './secrets.ts'

const Port = z.coerce.number().pipe(z.int().min(0).max(65_535))

const Environment = z.object({
  BAUTA_DATA: z.string().default('.bauta'),
  BAUTA_CONFIG: z.string().default('bauta.yaml'),
  BAUTA_ENGINES: z.enum(['embedded', 'distributed']).default('embedded'),
  /** Where the keyrings lie, which every process of a side shares. */
  BAUTA_KEYS: z.string().optional(),
  /** Where the public halves of keys lie, for processes that may have no more. */
  BAUTA_PUBLIC_KEYS: z.string().optional(),
  BAUTA_PARTITIONS: z.coerce.number().pipe(z.int().min(1).max(256)).optional(),
  BAUTA_KEK: z.string().optional(),
  BAUTA_KEK_FILE: z.string().optional(),
  /** Address and token of a running instance, for commands run elsewhere. */
  BAUTA_URL: z.url().optional(),
  BAUTA_TOKEN: z.string().optional(),
  /** Of the listeners for people. The admin listener has its own, loopback unless said otherwise. */
  HOST: z.string().default('127.0.0.1'),
  ADMIN_HOST: z.string().default('127.0.0.1'),
  PORT: Port.default(8080),
  PERSON_PORT: Port.default(8082),
  ADMIN_PORT: Port.default(8081),
  /** Header in which a reverse proxy of one's own names the client, for example x-forwarded-for. */
  BAUTA_CLIENT_ADDRESS_HEADER: z.string().toLowerCase().optional(),
  PROFILES_URL: z.url().optional(),
  SMTP_URL: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

export interface Settings {
  readonly dataDir: string
  readonly configFile: string
  readonly engines: 'embedded' | 'distributed'
  readonly partitions: number
  readonly distributed: DistributedConfig
  readonly keysDir: string
  readonly publicKeysDir: string
  /** Of the profiles service, which knows what became of a receipt; where it runs in a process of its own. */
  readonly profilesUrl: string | undefined
  readonly kek: { readonly value: string | undefined; readonly file: string | undefined }
  readonly remote: { readonly url: string; readonly token: string } | undefined
  readonly ports: { readonly web: number; readonly person: number; readonly admin: number }
  readonly hosts: { readonly public: string; readonly admin: string }
  readonly clientAddressHeader: string | undefined
  readonly smtpUrl: string | undefined
  readonly logLevel: z.infer<typeof Environment>['LOG_LEVEL']
  /** A secret that bauta.yaml names by its variable, from there or from its file; `config_invalid` when neither is set. */
  secret(variable: string): string
  /** Keys of sites' own servers, by site: BAUTA_SITE_KEY_<SITE>. */
  readonly siteKeys: ReadonlyMap<string, string>
}

const SITE_KEY = 'BAUTA_SITE_KEY_'

export function readEnvironment(given: Readonly<Record<string, string | undefined>>, cwd: string): Settings {
  // What ends in _FILE names a file, also for a site that is called so.
  const keysOfSites = Object.keys(given).filter((name) => name.startsWith(SITE_KEY))
  const siteSecrets = [...new Set(keysOfSites.map((name) => name.replace(/_FILE$/, '')))]
  const env = withSecrets(given, ['SMTP_URL', ...engineSecrets, ...siteSecrets])
  const parsed = Environment.safeParse(env)
  if (!parsed.success)
    throw new Fault('config_invalid', `the environment is not usable:\n${z.prettifyError(parsed.error)}`)
  const set = parsed.data
  const siteKeys = siteSecrets.flatMap((name) => {
    const value = env[name]
    return value ? [[name.slice(SITE_KEY.length).toLowerCase().replaceAll('_', '-'), value] as const] : []
  })
  for (const [site, key] of siteKeys)
    if (key.length < 32) throw new Fault('config_invalid', `the key of the site ${site} is shorter than 32 characters`)
  const keysDir = resolve(cwd, set.BAUTA_KEYS ?? `${set.BAUTA_DATA}/keys`)
  const partitions = set.BAUTA_PARTITIONS ?? (set.BAUTA_ENGINES === 'embedded' ? 1 : 12)
  return Object.freeze({
    dataDir: resolve(cwd, set.BAUTA_DATA),
    configFile: resolve(cwd, set.BAUTA_CONFIG),
    engines: set.BAUTA_ENGINES,
    partitions,
    distributed: readDistributed(env, partitions),
    keysDir,
    publicKeysDir: set.BAUTA_PUBLIC_KEYS ? resolve(cwd, set.BAUTA_PUBLIC_KEYS) : keysDir,
    profilesUrl: set.PROFILES_URL,
    kek: { value: set.BAUTA_KEK, file: set.BAUTA_KEK_FILE && resolve(cwd, set.BAUTA_KEK_FILE) },
    remote: set.BAUTA_URL && set.BAUTA_TOKEN ? { url: set.BAUTA_URL, token: set.BAUTA_TOKEN } : undefined,
    ports: { web: set.PORT, person: set.PERSON_PORT, admin: set.ADMIN_PORT },
    hosts: { public: set.HOST, admin: set.ADMIN_HOST },
    clientAddressHeader: set.BAUTA_CLIENT_ADDRESS_HEADER,
    smtpUrl: set.SMTP_URL,
    logLevel: set.LOG_LEVEL,
    siteKeys: new Map(siteKeys),
    secret(variable: string) {
      const value = secretOf(given, variable)
      if (value) return value
      const neither = `neither it nor ${variable}_FILE is set`
      throw new Fault('config_invalid', `bauta.yaml names the environment variable ${variable}, and ${neither}`)
    },
  })
}
