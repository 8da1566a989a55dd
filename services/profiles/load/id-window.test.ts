import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DedupId } from '../../../schemas/ids.ts'
import { idSet, idWindow } from './id-window.ts'

const id = (text: string) => DedupId.parse(text.padStart(16, '0'))
/** Few values in each half, so that slots collide and zero halves occur. */
const half = fc.constantFrom('00000000', '00000001', '00000400', 'ffffffff', '80000000')
const ids = fc.array(
  fc
    .oneof(
      fc.tuple(half, half).map((halves) => halves.join('')),
      fc.stringMatching(/^[0-9a-f]{16}$/),
    )
    .map(id),
)

test('a set of ids holds what was added and nothing else, however it grew', () => {
  fc.assert(
    fc.property(ids, ids, (added, asked) => {
      const set = idSet(2)
      for (const each of added) set.add(each)
      const model = new Set(added)
      expect(set.size).toBe(model.size)
      for (const each of [...added, ...asked]) expect(set.has(each)).toBe(model.has(each))
    }),
  )
})

test('a window forgets whole days, and never less than 48 hours', () => {
  const window = idWindow()
  for (const day of [20, 21, 22]) window.add(id(`${day}`), `2026-11-${day}`)
  expect(['20', '21', '22'].map((each) => window.has(id(each)))).toEqual([true, true, true])
  window.add(id('23'), '2026-11-23')
  expect(['20', '21', '22', '23'].map((each) => window.has(id(each)))).toEqual([false, true, true, true])
})
