/** What the log in Kafka has to itself: members that come and go, topics that others have touched. What every log promises is in test/contract. */

import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { AssignerProtocol, ConfigResourceTypes, Partitioners } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../../schemas/fault.ts'
import { absent, foundEngines } from '../../../test/engines/found-engines.ts'
import { counts, numbers, range } from '../../../test/fakes/counts.ts'
import { asAdmin, deleteTopics, quick, testKafka } from '../../../test/fakes/kafka.ts'
import type { ConsumeOptions, Consumer, Log, LogBatch } from '../../ports/log.ts'
import { type GroupOffsets, groupOffsets } from './group-offsets.ts'
import { type KafkaOptions, openKafkaLog } from './kafka-log.ts'

const { kafka } = foundEngines()
type Counts = LogBatch<'counts'>
const HOUR_MS = 3_600_000

describe(`the log on ${kafka?.name ?? absent('kafka')}`, () => {
  const closing: (() => Promise<void>)[] = []
  let config = testKafka(kafka?.url ?? '')
  const topic = () => `${config.prefix}.counts`

  beforeEach(({ skip }) => {
    skip(kafka === undefined, absent('kafka'))
    config = testKafka(kafka?.url ?? '')
    closing.push(() => deleteTopics(config))
  })
  afterEach(async () => {
    while (closing.length > 0) await closing.pop()?.()
  })

  async function open(options: KafkaOptions = {}): Promise<Log> {
    const log = await openKafkaLog(config, { ...quick, ...options })
    closing.push(() => log.close())
    return log
  }
  const consume = (log: Log, options: Partial<ConsumeOptions<'counts'>>): Promise<Consumer> =>
    log.consume({ group: 'store', topics: ['counts'], maxRecords: 5, each: async () => {}, ...options })

  /** A consumer that hangs in the first batch it is handed until it is released. */
  async function hang(options: KafkaOptions = {}) {
    const handed: Counts[] = []
    let release = () => {}
    const log = await open(options)
    const first = await new Promise<Counts>((resolve, reject) => {
      const each = (batch: Counts): Promise<void> => {
        handed.push(batch)
        if (handed.length > 1) return Promise.resolve()
        resolve(batch)
        return new Promise((done) => {
          release = done
        })
      }
      consume(log, { each }).catch(reject)
    })
    // So that it can be closed, whatever became of the test.
    closing.push(async () => release())
    return { log, handed, first, release: () => release() }
  }

  test('topics are made once by whoever is first, keep a day more than is kept, and no other shape of them is taken', async () => {
    await Promise.all([open(), open(), open()])
    const { resources } = await asAdmin(config, (admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic() }],
      }),
    )
    const entries = resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue])
    expect(Object.fromEntries(entries ?? [])).toMatchObject({
      'retention.ms': String(72 * HOUR_MS),
      'cleanup.policy': 'delete',
      'flush.messages': '1',
      'message.timestamp.type': 'CreateTime',
    })
    const other = { ...config, partitions: 3 }
    await expect(openKafkaLog(other)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('has 2 partitions and not 3'),
    })
    await asAdmin(config, (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          { type: ConfigResourceTypes.TOPIC, name: topic(), configEntries: [{ name: 'retention.ms', value: '1000' }] },
        ],
      }),
    )
    const opened = (log: Log) => log.close().then(() => 'opened')
    const refused = (error: Fault) => error.code
    // Brokers hear of a change a moment later.
    while ((await openKafkaLog(config).then(opened, refused)) !== 'config_invalid') await pause(50)
  })

  test('numbers begin with the second in which the topic was made, so that no two logs have the same', async () => {
    const before = Math.floor(Date.now() / 1_000)
    const log = await open()
    await log.append(counts(0, 3))
    const batches: Counts[] = []
    await (await consume(log, { each: async (batch) => void batches.push(batch) })).caughtUp()
    const { upTo } = await log.readToEnd('counts')
    expect(batches.at(-1)?.last).toBe((upTo[0] ?? 0) - 1)
    expect(batches[0]?.first).toBeGreaterThanOrEqual(before * 2 ** 20)
    const of = (second: number) => ({ 0: second * 2 ** 20, 1: second * 2 ** 20 })
    // A position in the log that stood there before.
    expect(numbers((await log.readToEnd('counts', of(before - 1_000))).records)).toEqual(range(0, 3))
    await expect(log.readToEnd('counts', of(before + 1_000))).rejects.toMatchObject({ code: 'log_down' })
  })

  test('no time of day stands in it', async () => {
    const log = await open({ now: () => Date.UTC(2026, 10, 2, 13, 37, 1) })
    await log.append(counts(0, 3))
    const day = Date.UTC(2026, 10, 2)
    const at = (time: number) => asAdmin(config, (admin) => admin.fetchTopicOffsetsByTimestamp(topic(), time))
    expect(await at(day)).toContainEqual({ partition: 0, offset: '0' })
    // Nothing is later than the day's first moment.
    expect(await at(day + 1)).toContainEqual({ partition: 0, offset: '3' })
  })

  /** The one who stands still neither hears nor says anything, as a stopped process. Answers what was handed out beside the replay. */
  async function takeOver(offsets: GroupOffsets): Promise<number[]> {
    const refused: unknown[] = []
    const commit: GroupOffsets['commit'] = async (...how) => {
      await offsets.commit(...how).catch((error) => {
        refused.push(error)
        throw error
      })
    }
    await (await open()).append(counts(0, 20))
    const still = await hang({ offsets: { ...offsets, commit }, sessionMs: 60_000, heartbeatMs: 60_000 })
    const log = await open()
    const batches: Counts[] = []
    const consumer = await consume(log, { each: async (batch) => void batches.push(batch) })
    await consumer.caughtUp()
    expect(batches[0]).toEqual({ ...still.first, replayed: true, fresh: true })
    expect(numbers(batches.flatMap(({ records }) => records))).toEqual(range(0, 20))
    still.release()
    await log.append(counts(20, 25, 1))
    await consumer.caughtUp()
    expect(refused).toMatchObject(offsets === groupOffsets ? [{ type: 'UNKNOWN_MEMBER_ID' }] : [])
    return numbers([...still.handed.slice(1), ...batches].flatMap(({ records }) => records))
  }

  test('who takes over repeats exactly the range that was out; who lost it can neither commit nor go on', async () => {
    expect(await takeOver(groupOffsets)).toEqual(range(0, 25))
  })

  test('positive control: with refusals overheard, records are handed out twice', async () => {
    const deaf: GroupOffsets = { ...groupOffsets, commit: (...how) => groupOffsets.commit(...how).catch(() => {}) }
    expect(await takeOver(deaf)).not.toEqual(range(0, 25))
  })

  test('positive control: without pins, the range is another', async () => {
    const unpinned: GroupOffsets = {
      ...groupOffsets,
      async read(...how) {
        const standings = await groupOffsets.read(...how)
        return new Map(Array.from(standings, ([key, { next }]) => [key, { next, pin: undefined }]))
      },
    }
    await (await open()).append(counts(0, 3))
    const { log, first } = await hang()
    await log.append(counts(3, 6))
    const again = new Promise<Counts>((resolve) => {
      void open({ offsets: unpinned }).then((late) => consume(late, { each: async (batch) => resolve(batch) }))
    })
    expect(await again).not.toEqual({ ...first, replayed: true, fresh: true })
  })

  /** Once the group has so many members, and all have their partitions: what each has. */
  async function assignments(members: number): Promise<Record<string, number[]>[]> {
    for (;;) {
      const { groups } = await asAdmin(config, (admin) => admin.describeGroups([`${config.prefix}.store`]))
      const [group] = groups
      if (group?.state === 'Stable' && group.members.length === members)
        return group.members.map(
          (each) => AssignerProtocol.MemberAssignment.decode(each.memberAssignment)?.assignment ?? {},
        )
      await pause(50)
    }
  }

  test('all ranges that were out come before anything new', async () => {
    const released = new AbortController()
    const forever = () => once(released.signal, 'abort').then(() => {})
    const log = await open()
    for (const member of [await open(), await open()]) {
      await consume(member, { each: forever })
      closing.push(async () => released.abort())
    }
    await assignments(2)
    await log.append([...counts(0, 20, 0), ...counts(20, 40, 1)])
    const pinned = async () =>
      asAdmin(config, async (admin) => {
        const [found] = await admin.fetchOffsets({ groupId: `${config.prefix}.store`, topics: [topic()] })
        return found?.partitions.filter(({ metadata }) => metadata?.startsWith('pend:')).length
      })
    while ((await pinned()) !== 2) await pause(50)
    const batches: Counts[] = []
    await (await consume(log, { each: async (batch) => void batches.push(batch) })).caughtUp()
    expect(batches.map(({ replayed }) => replayed).slice(0, 3)).toEqual([true, true, false])
    expect(batches.filter(({ replayed }) => replayed)).toHaveLength(2)
    expect(numbers(batches.flatMap(({ records }) => records))).toEqual(range(0, 40))
  })

  test('two members share the partitions, the same numbers of all topics, and each record comes to one of them', async () => {
    const batches: Counts[] = []
    const each = async (batch: LogBatch<'counts' | 'stops'>) => void batches.push(batch as Counts)
    const join = async () =>
      (await open()).consume({ group: 'store', topics: ['counts', 'stops'], maxRecords: 100, each })
    const log = await open()
    const first = await join()
    await log.append([...counts(0, 10, 0), ...counts(10, 20, 1)])
    await first.caughtUp()
    const second = await join()
    const shared = await assignments(2)
    expect(shared.map((own) => own[topic()]).sort()).toEqual([[0], [1]])
    for (const own of shared) expect(own[`${config.prefix}.stops`]).toEqual(own[topic()])
    await log.append([...counts(20, 30, 0), ...counts(30, 40, 1)])
    await Promise.all([first.caughtUp(), second.caughtUp()])
    expect(numbers(batches.flatMap(({ records }) => records))).toEqual(range(0, 40))
    // What stayed where it was is not begun anew; what moved is.
    expect(batches.filter(({ fresh }) => fresh)).toHaveLength(3)
    await first.close()
    await log.append(counts(40, 50, 0))
    await log.append(counts(50, 60, 1))
    await second.caughtUp()
    expect(numbers(batches.flatMap(({ records }) => records))).toEqual(range(0, 60))
  })

  test('a range whose records are gone, or that was handed out days ago, is not repeated but told', async () => {
    await (await open()).append(counts(0, 10))
    await hang({ now: () => Date.now() - 49 * HOUR_MS })
    const old = await consume(await open(), {})
    await expect(old.stopped).rejects.toMatchObject({ message: expect.stringContaining('--to-offset 5') })
    await asAdmin(config, async (admin) => {
      await admin.fetchTopicOffsets(topic())
      await admin.deleteTopicRecords({ topic: topic(), partitions: [{ partition: 0, offset: '2' }] })
    })
    const log = await open()
    const gone = await consume(log, {})
    await expect(gone.stopped).rejects.toMatchObject({ message: expect.stringContaining('no longer kept') })
    await expect(log.healthy()).rejects.toMatchObject({ code: 'log_down' })
  })

  test('what someone else wrote into a topic is handed to nobody, parts no range, and is told', async () => {
    const passed: string[] = []
    const log = await open({ onForeign: (topic) => void passed.push(topic) })
    const warnings: string[] = []
    const warn = (warning: Error) => void warnings.push(warning.message)
    process.on('warning', warn)
    closing.push(async () => void process.off('warning', warn))
    await log.append(counts(0, 2))
    await asAdmin(config, async (_, client) => {
      const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner })
      await producer.connect()
      const values = ['not json', '{"not":"ours"}', null]
      await producer.send({ topic: topic(), messages: values.map((value) => ({ partition: 0, value })) })
      await producer.disconnect()
    })
    await log.append(counts(2, 4))
    const batches: Counts[] = []
    const consumer = await consume(log, { each: async (batch) => void batches.push(batch) })
    await consumer.caughtUp()
    expect(numbers(batches.flatMap(({ records }) => records))).toEqual(range(0, 4))
    for (const { first, last, records } of batches) expect(records).toHaveLength(last - first + 1)
    expect(numbers((await log.readToEnd('counts')).records)).toEqual(range(0, 4))
    expect(passed).toEqual(['counts', 'counts', 'counts'])
    expect(warnings).toContainEqual(
      expect.stringMatching(/\.counts\/0 holds what is no record of it, passed over: offset 2,/),
    )
  })
})
