/** The ways to a broker: over TLS with a name and password, through a network that goes silent, to a broker that is killed and comes back. */

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../../test/engines/free-port.ts'
import { startKafka } from '../../../test/engines/kafka.ts'
import { kafkaJars, kafkaMissing } from '../../../test/engines/kafka-jars.ts'
import type { Engine } from '../../../test/engines/server-process.ts'
import { counts, numbers, range } from '../../../test/fakes/counts.ts'
import { quick, testKafka } from '../../../test/fakes/kafka.ts'
import { type FaultProxy, openProxy } from '../../../test/faults/proxy.ts'
import type { Log, LogBatch } from '../../ports/log.ts'
import type { KafkaConfig, SaslMechanism } from '../settings.ts'
import { openKafkaLog } from './kafka-log.ts'

const run = promisify(execFile)
const missing = kafkaMissing()
const PASSWORD = 'correct-horse'
const login = 'org.apache.kafka.common.security'

describe.skipIf(missing)(`the ways to Kafka${missing ? ` (no ${missing})` : ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'bauta-kafka-ways-'))
  const closing: (() => Promise<void>)[] = []
  let broker: Engine
  let proxy: FaultProxy
  let secure: string
  let ca: string

  beforeAll(async () => {
    const keys = join(directory, 'broker.p12')
    const store = ['-keystore', keys, '-storepass', PASSWORD, '-alias', 'broker']
    const made = ['-genkeypair', '-keyalg', 'EC', '-dname', 'CN=broker', '-ext', 'san=ip:127.0.0.1', '-validity', '2']
    await run('keytool', [...made, '-storetype', 'PKCS12', ...store])
    await run('keytool', ['-exportcert', '-rfc', '-file', join(directory, 'ca.pem'), ...store])
    ca = readFileSync(join(directory, 'ca.pem'), 'utf8')
    const [proxied, secured] = [await freePort(), await freePort()]
    proxy = await openProxy({ upstream: proxied })
    secure = `127.0.0.1:${secured}`
    broker = await startKafka({
      advertised: [
        { name: 'PROXIED', listenPort: proxied, advertisedPort: proxy.port },
        { name: 'SECURE', listenPort: secured, advertisedPort: secured, protocol: 'SASL_SSL' },
      ],
      properties: {
        'ssl.keystore.location': keys,
        'ssl.keystore.type': 'PKCS12',
        'ssl.keystore.password': PASSWORD,
        'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
        'listener.name.secure.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required user_bauta="${PASSWORD}";`,
        'listener.name.secure.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
      },
    })
    const credential = `SCRAM-SHA-512=[password=${PASSWORD}]`
    const whose = ['--alter', '--add-config', credential, '--entity-type', 'users', '--entity-name', 'bauta']
    const tool = ['-cp', join(await kafkaJars(), '*'), 'kafka.admin.ConfigCommand']
    await run('java', [...tool, '--bootstrap-server', broker.url, ...whose])
  })
  afterAll(async () => {
    while (closing.length > 0) await closing.pop()?.()
    await proxy?.close()
    await broker?.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  async function open(config: KafkaConfig, tuning = {}): Promise<Log> {
    const log = await openKafkaLog(config, { ...quick, ...tuning })
    closing.push(() => log.close())
    return log
  }

  const down = { code: 'log_down', retryable: true }
  /** For a broker of its own a busy machine may take longer than a test waits; who was refused may ask again. */
  async function again<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        expect(error).toMatchObject(down)
      }
    }
  }

  const secured = (mechanism: SaslMechanism, password = PASSWORD): KafkaConfig => ({
    ...testKafka(secure),
    tls: { ca },
    sasl: { mechanism, username: 'bauta', password },
  })

  test.each(['plain', 'scram-sha-512'] as const)('over TLS with %s', async (mechanism) => {
    const log = await open(secured(mechanism))
    await log.append(counts(0, 5))
    expect(numbers((await log.readToEnd('counts')).records)).toEqual(range(0, 5))
    const got: LogBatch<'counts'>[] = []
    const each = async (batch: LogBatch<'counts'>) => void got.push(batch)
    const consumer = await log.consume({ group: 'store', topics: ['counts'], maxRecords: 10, each })
    await consumer.caughtUp()
    expect(numbers(got.flatMap(({ records }) => records))).toEqual(range(0, 5))
  })

  test('a wrong password is told as one, and quoted nowhere', async () => {
    const refused = await openKafkaLog(secured('scram-sha-512', 'wrong-horse')).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'config_invalid', message: expect.stringContaining('KAFKA_PASSWORD') })
    expect(JSON.stringify(refused)).not.toContain('wrong-horse')
  })

  test('a broker that nobody we trust has signed is not talked to', async () => {
    const unknown = { ...secured('plain'), tls: true }
    await expect(openKafkaLog(unknown, { askMs: 300 })).rejects.toMatchObject({ code: 'log_down' })
  })

  test('through a network that goes silent, everything is refused in time, and works again after it', async () => {
    const config = testKafka(`127.0.0.1:${proxy.port}`)
    const log = await again(() => open(config, { appendMs: 600, askMs: 600 }))
    await again(() => log.append(counts(0, 5)))
    const { upTo } = await again(() => log.readToEnd('counts'))
    proxy.set('hole')
    // Each of them would hang for ever, and the test with it, if nothing but an answer ended it.
    await expect(log.append(counts(5, 6))).rejects.toMatchObject(down)
    await expect(log.append(counts(6, 7))).rejects.toMatchObject(down)
    await expect(log.readToEnd('counts', upTo)).rejects.toMatchObject(down)
    await expect(log.healthy()).rejects.toMatchObject(down)
    proxy.set('pass')
    proxy.reset()
    await again(() => log.append(counts(10, 15)))
    await again(() => log.healthy())
    const { records } = await again(() => log.readToEnd('counts'))
    // What was refused may have arrived nevertheless.
    const arrived = [...new Set(numbers(records))]
    expect(arrived.filter((n) => n < 5 || n >= 10)).toEqual([...range(0, 5), ...range(10, 15)])
  })

  test('a broker that is killed and comes back has all that it acknowledged, and consumers go on where they stood', async () => {
    const log = await open(testKafka(broker.url), { appendMs: 2_000 })
    const got: LogBatch<'counts'>[] = []
    const each = async (batch: LogBatch<'counts'>) => void got.push(batch)
    const consumer = await log.consume({ group: 'store', topics: ['counts'], maxRecords: 10, each })
    await again(() => log.append(counts(0, 20)))
    await consumer.caughtUp()
    const acknowledged = range(0, 20)
    let at = 20
    const load = setInterval(() => {
      const n = at++
      log.append(counts(n, n + 1, n % 2)).then(
        () => acknowledged.push(n),
        () => {},
      )
    }, 20)
    await broker.restart()
    for (const since = at; at < since + 20; ) await log.append(counts(0, 0)).catch(() => {})
    clearInterval(load)
    await again(() => log.append(counts(100_000, 100_001)))
    await consumer.caughtUp()
    const numbered = numbers(got.filter(({ replayed }) => !replayed).flatMap(({ records }) => records))
    expect(acknowledged.filter((n) => !numbered.includes(n))).toEqual([])
    const places = got
      .filter(({ replayed }) => !replayed)
      .flatMap(({ partition, first, records }) => records.map((_, i) => `${partition}/${first + i}`))
    expect(new Set(places).size).toBe(places.length)
  })
})
