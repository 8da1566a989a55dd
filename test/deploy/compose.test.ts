import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { databases } from '../../infra/ports/sql.ts'
import { readEnvironment } from '../../infra/process/environment.ts'
import { type ComposeService, nameOf, readCompose, root } from './read-compose.ts'

const compose = readCompose()
const one = readCompose('infra/deploy/compose.one.yaml')
const move = readCompose('infra/deploy/compose.move.yaml')
const all = Object.entries(compose.services)
const service = (name: string): ComposeService => {
  const found = compose.services[name]
  if (!found) throw new Error(`no service ${name}`)
  return found
}

const folder = mkdtempSync(join(tmpdir(), 'bauta-compose-'))
afterAll(() => rmSync(folder, { recursive: true }))
const secret = join(folder, 'secret')
writeFileSync(secret, 'of-a-test')

const commands = [['docker', 'compose'], ['docker-compose']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, 'version']).status === 0,
)
const [checker] = commands
for (const files of [
  ['docker-compose.yml'],
  ['infra/deploy/compose.one.yaml'],
  ['docker-compose.yml', 'infra/deploy/compose.move.yaml'],
])
  test.skipIf(!checker)(
    `${files.join(' with ')} is valid (${checker?.join(' ') ?? 'skipped: no docker compose on this machine'})`,
    () => {
      const [program = '', ...args] = checker ?? []
      const named = files.flatMap((file) => ['-f', file])
      const env = { ...process.env, BAUTA_FROM: '/a/data/directory' }
      const said = spawnSync(program, [...args, ...named, 'config', '-q'], { cwd: root, encoding: 'utf8', env })
      expect(said.stderr).toBe('')
      expect(said.status).toBe(0)
    },
  )

test('a full Redis lets go first of what expires first, which collectors count on for who withdrew', () => {
  expect(String(service('redis').command)).toContain('--maxmemory-policy volatile-ttl ')
})

interface Merged {
  readonly services: Readonly<Record<string, { readonly environment: object; readonly secrets: readonly unknown[] }>>
}
test.skipIf(!checker)(
  "the override that docs/operations.md shows brings a destination's token and a site's key as files",
  () => {
    const page = readFileSync(join(root, 'docs/operations.md'), 'utf8')
    const override = join(folder, 'override.yml')
    writeFileSync(override, /```yaml\n([\s\S]*?)```/.exec(page)?.[1]?.replace(/^ {2}/gm, '') ?? '')
    const [program = '', ...args] = checker ?? []
    const files = ['-f', 'docker-compose.yml', '-f', override]
    const said = spawnSync(program, [...args, ...files, 'config'], { cwd: root, encoding: 'utf8' })
    expect(said.stderr).toBe('')
    const { services } = parse(said.stdout) as Merged
    expect(services.activation?.environment).toMatchObject({ ESP_TOKEN_FILE: '/run/secrets/esp_token' })
    expect(services.activation?.secrets).toHaveLength(5)
    expect(services.collector?.environment).toMatchObject({ BAUTA_SITE_KEY_SHOP_FILE: '/run/secrets/site_key_shop' })
    expect(services.collector?.secrets).toHaveLength(4)
  },
)

/** Engines that a service shares a network with. */
const reaches = (name: string) =>
  ['kafka', 'clickhouse', 'redis', 'postgres'].filter((engine) =>
    service(engine).networks.some((network) => service(name).networks.includes(network)),
  )

test('each service has a route to the engines it may have, and to no other', () => {
  const routes = Object.fromEntries(
    ['collector', 'profiles', 'segments', 'vault', 'activation', 'migrate', 'proxy', 'grafana'].map((name) => [
      name,
      reaches(name),
    ]),
  )
  expect(routes).toEqual({
    collector: ['kafka', 'redis'],
    profiles: ['kafka', 'clickhouse', 'redis', 'postgres'],
    segments: ['clickhouse', 'redis', 'postgres'],
    vault: ['postgres'],
    activation: ['kafka', 'clickhouse', 'postgres'],
    migrate: ['clickhouse', 'postgres'],
    proxy: [],
    grafana: [],
  })
})

test('only the proxy, who sends mail, who delivers, and the dashboard have a way out', () => {
  const open = Object.entries(compose.networks).flatMap(([name, network]) => (network?.internal ? [] : [name]))
  const out = all.flatMap(([name, { networks }]) => (networks.some((each) => open.includes(each)) ? [name] : []))
  expect(out.sort()).toEqual(['activation', 'grafana', 'proxy', 'vault'])
})

test('beyond this machine only the ports of the web are published', () => {
  const published = all.flatMap(([, { ports }]) => ports.filter((port) => !port.startsWith('127.0.0.1:')))
  expect(published.sort()).toEqual(['443:443', '443:443/udp', '80:80'])
})

for (const [name, each] of [...all, ...Object.entries(one.services), ...Object.entries(move.services)])
  test(`${name} runs without privileges, within limits, from a pinned image`, () => {
    expect(each.cap_drop).toEqual(['ALL'])
    expect(each.cap_add).toEqual(name === 'proxy' ? ['NET_BIND_SERVICE'] : [])
    expect(each.security_opt).toContain('no-new-privileges:true')
    expect(each.privileged).toBe(false)
    expect(each.read_only || name === 'kafka').toBe(true)
    expect(each.deploy?.resources.limits.memory).toMatch(/^\d+[MG]$/)
    expect(each.logging?.options['max-size']).toBeDefined()
    if (name !== 'migrate' && !(name in move.services)) expect(each.healthcheck).toBeDefined()
    const own = each.image.startsWith('bauta')
    if (own) expect(each.user).toBe('1000:1000')
    else expect(each.image).toMatch(/:v?\d+\.\d+/)
  })

test('secrets come from files that are declared, given to the service, and made by the script', () => {
  const script = spawnSync('sh', [join(root, 'infra/deploy/make-secrets.sh'), join(folder, 'secrets')])
  expect(script.error).toBeUndefined()
  const declared = { ...compose.secrets, ...move.secrets }
  for (const [name, each] of [...all, ...Object.entries(move.services)]) {
    for (const [variable, value] of Object.entries(each.environment)) {
      if (/(PASSWORD|TOKEN|KEK|SMTP_URL)$/.test(variable)) throw new Error(`${name} has ${variable} in the open`)
      if (!value.startsWith('/run/secrets/')) continue
      expect(each.secrets.map(nameOf), `${name} ${variable}`).toContain(value.slice('/run/secrets/'.length))
    }
    for (const mount of each.secrets) expect(Object.keys(declared)).toContain(nameOf(mount))
  }
  for (const name of Object.keys(compose.secrets)) expect(existsSync(join(folder, 'secrets', name)), name).toBe(true)
})

test("an owner's password is given to who migrates and to its engine alone", () => {
  const holders = (name: string) =>
    all.flatMap(([who, { secrets }]) => (secrets.map(nameOf).includes(name) ? [who] : []))
  expect(holders('postgres_owner').sort()).toEqual(['migrate', 'postgres'])
  expect(holders('clickhouse_owner')).toEqual(['migrate'])
  expect(holders('kek_web')).toEqual(['collector'])
  expect(holders('kek_profiles')).toEqual(['profiles'])
  expect(holders('kek_person').sort()).toEqual(['activation', 'vault'])
})

test('the settings that each service gets name the engines it may have, and no others', () => {
  const named = ['collector', 'profiles', 'segments', 'vault', 'activation'].map((name) => {
    const env = Object.fromEntries(
      Object.entries(service(name).environment).map(([key, value]) => [
        key,
        value.startsWith('/run/secrets/') ? secret : value.replace(/^\$\{\w+:-(.*)\}$/, '$1'),
      ]),
    )
    const { distributed } = readEnvironment(env, folder)
    const parts = [
      ...(distributed.kafka ? ['log'] : []),
      ...(distributed.clickhouse ? ['store'] : []),
      ...(distributed.redis ? ['cache'] : []),
      ...databases.filter((database) => distributed.databases[database]),
    ]
    return [name, parts]
  })
  expect(Object.fromEntries(named)).toEqual({
    collector: ['log', 'cache'],
    profiles: ['log', 'store', 'cache', 'control'],
    segments: ['store', 'cache', 'control'],
    vault: ['vault', 'links', 'control'],
    activation: ['log', 'store', 'vault', 'links', 'runs', 'control'],
  })
})

test('keys lie in volumes that only those who may have them mount', () => {
  const mounting = (volume: string) =>
    all.flatMap(([name, { volumes }]) => (volumes.some((each) => each.startsWith(`${volume}:`)) ? [name] : []))
  expect(mounting('web-keys')).toEqual(['collector'])
  expect(mounting('profiles-keys')).toEqual(['profiles'])
  expect(mounting('person-keys').sort()).toEqual(['activation', 'vault'])
})

test('who moves keys gives each side its own, under its own key-encryption key, and reaches no network', () => {
  for (const side of ['web', 'profiles', 'person']) {
    const each = move.services[`move-${side}-keys`]
    expect(each?.secrets).toEqual(['kek_from', `kek_${side}`])
    expect(each?.volumes.filter((volume) => volume.includes('-keys:/keys'))).toEqual([`${side}-keys:/keys`])
    expect(each?.command?.slice(-1)).toEqual([side])
    expect(each?.network_mode).toBe('none')
  }
})
