import { expect, test } from 'vitest'
import { failing } from './readiness.ts'

const hangs = () => new Promise<never>(() => {})

test('an engine that fails and one that does not answer are named, and nobody waits for the latter', async () => {
  const fails = () => Promise.reject(new Error('gone'))
  expect(await failing({ log: async () => {}, store: fails, vault: hangs }, 50)).toEqual(['store', 'vault'])
})

test('when all answer, none is named', async () => {
  expect(await failing({ log: async () => {}, store: async () => 1 })).toEqual([])
})
