import type { ProducerBatch, RecordMetadata } from 'kafkajs'
import { expect, test } from 'vitest'
import { type Line, type Live, openAppender } from './producer.ts'

const line = (value: string, partition = 0): Line => ({ topic: 'bauta.counts', partition, value: Buffer.from(value) })

/** Producers that do as they are told, and what became of each. */
function appender(answer: (batch: ProducerBatch) => Promise<RecordMetadata[]>, deadlineMs = 60_000) {
  const made: { ended: boolean }[] = []
  const sent: string[][] = []
  const open = (): Live => {
    const one = { ended: false }
    made.push(one)
    const sendBatch = (batch: ProducerBatch) => {
      sent.push(
        (batch.topicMessages ?? []).flatMap(({ messages }) => messages.map(({ value }) => String(value)).sort()),
      )
      return answer(batch)
    }
    const end = () => {
      one.ended = true
    }
    return { producer: Promise.resolve({ sendBatch }), end }
  }
  return { made, sent, log: openAppender({ open, windowMs: 0, deadlineMs, now: Date.now }) }
}

const all = async ({ topicMessages = [] }: ProducerBatch): Promise<RecordMetadata[]> =>
  topicMessages.flatMap(({ topic, messages }) =>
    [...new Set(messages.map(({ partition = 0 }) => partition))].map((partition) => ({
      topicName: topic,
      partition,
      errorCode: 0,
    })),
  )
const down = { code: 'log_down', retryable: true }

test('whoever comes while a group is under way shares the next one, which waits for it', async () => {
  let arrive = () => {}
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const { sent, log } = appender((batch) => (sent.length === 1 ? arrived : Promise.resolve()).then(() => all(batch)))
  const first = log.append([line('a')])
  while (sent.length === 0) await new Promise(setImmediate)
  const others = [log.append([line('b'), line('c', 1)]), log.append([line('d')])]
  for (let n = 0; n < 20; n += 1) await new Promise(setImmediate)
  expect(sent).toEqual([['a']])
  arrive()
  await Promise.all([first, ...others])
  expect(sent).toEqual([['a'], ['b', 'c', 'd']])
})

test('what a partition has not answered for is not acknowledged, and neither is what it refused', async () => {
  const one = appender(async (batch) => (await all(batch)).slice(0, 1))
  await expect(one.log.append([line('a', 0), line('b', 1)])).rejects.toMatchObject(down)
  const other = appender(async (batch) => (await all(batch)).map((each) => ({ ...each, errorCode: 45 })))
  await expect(other.log.append([line('a')])).rejects.toMatchObject(down)
})

test('a producer that failed, or does not answer in time, is thrown away, and the next group has a new one', async () => {
  const { made, sent, log } = appender((batch) => {
    if (sent.length === 1) return Promise.reject(new Error('out of order'))
    return sent.length === 2 ? new Promise(() => {}) : all(batch)
  }, 50)
  await expect(log.append([line('a')])).rejects.toMatchObject(down)
  await expect(log.append([line('b')])).rejects.toMatchObject(down)
  await log.append([line('c')])
  expect(made.map(({ ended }) => ended)).toEqual([true, true, false])
})

test('a large group goes out in parts that a broker takes', async () => {
  const { sent, log } = appender(all)
  const large = 'x'.repeat(600_000)
  await log.append([line(large), line(large), line(large)])
  expect(sent.map((values) => values.length)).toEqual([1, 1, 1])
})
