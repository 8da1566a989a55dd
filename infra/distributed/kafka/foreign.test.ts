import { expect, test } from 'vitest'
import { foreignRecords } from './foreign.ts'

test('each foreign record is told of once, also when it is passed over again, and not every one is a message', () => {
  const told: string[] = []
  const warned: string[] = []
  const tell = foreignRecords({
    nameOf: (topic) => `ours.${topic}`,
    warn: (message) => void warned.push(message),
    onForeign: (topic) => void told.push(topic),
  })
  for (const number of [3, 4, 5, 3, 4, 5, 9]) tell({ topic: 'counts', partition: 1 }, number)
  tell({ topic: 'counts', partition: 0 }, 3)
  tell({ topic: 'stops', partition: 1 }, 3)
  expect(told).toEqual(['counts', 'counts', 'counts', 'counts', 'counts', 'stops'])
  expect(warned.map((message) => message.replace(/ holds .* offset/, ''))).toEqual([
    'ours.counts/1 3, 1 so far in the topic',
    'ours.counts/1 4, 2 so far in the topic',
    'ours.counts/1 9, 4 so far in the topic',
    'ours.stops/1 3, 1 so far in the topic',
  ])
})
