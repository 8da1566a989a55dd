import { expect, test } from 'vitest'
import * as z from 'zod'
import { clickhouseStore } from '../clickhouse/store.ts'
import { defineCommand } from '../ports/store.ts'
import { openChdb } from './chdb.ts'

const long = defineCommand({ name: 'long', sql: 'SELECT sleep(1) FORMAT Null', params: z.object({}) })

test('a command under way has ended when the engine is closed, also if nobody waits for it', async () => {
  const store = clickhouseStore(await openChdb(':memory:'))
  const ends: string[] = []
  const command = store.command(long, {}).then(() => ends.push('command'))
  await store.close()
  ends.push('close')
  await command
  expect(ends).toEqual(['command', 'close'])
})
