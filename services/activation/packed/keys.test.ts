import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packedKeys, uuidOf } from './keys.ts'
import { packedNumbers } from './numbers.ts'
import { packedTexts } from './texts.ts'

const keyOf = (n: number) => createHash('md5').update(String(n)).digest('hex')

test('each key has one number, by which it is found again however it is written', () => {
  const keys = packedKeys()
  const many = Array.from({ length: 20_000 }, (_, n) => keyOf(n))
  expect(many.map((key) => keys.add(key))).toEqual(many.map((_, n) => n))
  expect(many.map((key) => keys.find(key))).toEqual(many.map((_, n) => n))
  expect(many.map((_, n) => keys.at(n))).toEqual(many)
  expect(keys.add(`x${keyOf(7)}`)).toBe(7)
  expect(keys.find(uuidOf(keyOf(9_999)))).toBe(9_999)
  expect([keys.find(keyOf(20_000)), keys.find('short'), keys.size]).toEqual([undefined, undefined, 20_000])
  expect(() => keys.add('no key')).toThrow('128 bits')
})

test('keys that begin alike are told apart, and stand in the order of their digits', () => {
  const keys = packedKeys()
  const like = Array.from({ length: 300 }, (_, n) => `00000000${n.toString(16).padStart(24, '0')}`)
  for (const key of like) keys.add(key)
  expect(like.map((key) => keys.find(key))).toEqual(like.map((_, n) => n))
  fc.assert(
    fc.property(fc.nat(299), fc.nat(299), (one, other) => {
      expect(Math.sign(keys.compare(one, other))).toBe(Math.sign(one - other))
    }),
  )
})

test('numbers and texts come back as they were put, also beyond a block', () => {
  const numbers = packedNumbers(Uint16Array)
  numbers.set(9_000, 7)
  expect([numbers.at(9_000), numbers.at(5), numbers.at(99_999), numbers.size]).toEqual([7, 0, 0, 9_001])
  expect(numbers.push(8)).toBe(9_001)
  const texts = packedTexts()
  const all = ['', 'Kürbis', 'x'.repeat(70_000), ...Array.from({ length: 3_000 }, (_, n) => `${n}`.repeat(9))]
  const places = all.map((text) => texts.push(text))
  expect(places.map((place) => texts.at(place))).toEqual(all)
})
