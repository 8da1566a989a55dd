import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { defineCommand, type Store } from './ports/store.ts'
import { storeUntil } from './store-until.ts'

const command = (name: string) => defineCommand({ name, sql: name, params: z.object({}) })

function world(graceMs: number) {
  const begun: string[] = []
  const closing = new AbortController()
  const store: Store = {
    ask: async () => [],
    append: async () => {},
    async command({ name }) {
      begun.push(name)
      if (name === 'endless') await new Promise(() => {})
    },
    healthy: async () => {},
    close: async () => {},
  }
  return { begun, closing, store: storeUntil(store, closing.signal, graceMs) }
}

test('a statement that takes longer than the grace after the signal is left to itself, and none is begun', async () => {
  const { begun, closing, store } = world(20)
  const endless = store.command(command('endless'), {})
  closing.abort(new Error('closing'))
  await expect(endless).rejects.toThrow('closing')
  await expect(store.command(command('late'), {})).rejects.toThrow('closing')
  expect(begun).toEqual(['endless'])
})

test('what cleans up within the grace is done', async () => {
  const { begun, closing, store } = world(60_000)
  closing.abort()
  await pause(1)
  await store.command(command('drop'), {})
  expect(begun).toEqual(['drop'])
})
