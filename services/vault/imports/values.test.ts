import { expect, test } from 'vitest'
import { readAddress, readBoolean, readCents, readDay, readInstant, readNumber } from './values.ts'

test('days are read as Germans and as computers write them, and only real ones', () => {
  for (const text of ['31.12.2026', '2026-12-31', '2026-12-31T10:00:00Z', '2026-12-31 10:00', '31.12.2026 9:05'])
    expect(readDay(text)).toBe('2026-12-31')
  expect(readDay('01.01.0001')).toBe('0001-01-01')
  expect(readDay('1.2.2026')).toBe('2026-02-01')
  expect(readDay('29.02.2024')).toBe('2024-02-29')
  for (const text of [
    '31.02.2026',
    '29.02.2026',
    '12/31/2026',
    '31/12/2026',
    '31.12.26',
    '01.01.0000',
    '0000-12-31',
    '2026-13-01',
    '0',
    '',
    'gestern',
  ])
    expect(readDay(text)).toBeUndefined()
})

test('an instant needs a time', () => {
  expect(readInstant('31.12.2026 09:05')).toBe('2026-12-31T09:05:00.000Z')
  expect(readInstant('2026-12-31T09:05:10+01:00')).toBe('2026-12-31T08:05:10.000Z')
  const out = ['0001-01-01T00:00+01:00', '9999-12-31T23:59-01:00', '0000-06-01T00:00Z']
  for (const text of ['31.12.2026', '2026-12-31', '31.12.2026 25:00', '9:05', ...out])
    expect(readInstant(text)).toBeUndefined()
})

test('amounts are exact cents, German or English', () => {
  const read = { '1.234,56': 123_456, '1,234.56': 123_456, '1234,5': 123_450, '12': 1_200, '-0,05': -5, '0,00': 0 }
  const more = { '1.234.567': 123_456_700, '1.234.567,89 €': 123_456_789, '+3.50 EUR': 350, '1 234,00': 123_400 }
  for (const [text, cents] of Object.entries({ ...read, ...more })) expect(readCents(text)).toBe(cents)
  for (const text of [
    '',
    'abc',
    '1.23.4',
    '1,2,3',
    '12,345.6,7',
    '1.234.56',
    '0,005',
    '1e3',
    '--1',
    '12 34',
    '1.234,567',
  ])
    expect([text, readCents(text)]).toEqual([text, undefined])
})

test('one point or comma before three digits is read only when the mapping says which it is', () => {
  expect([readCents('1.234'), readCents('1,234')]).toEqual([undefined, undefined])
  expect([readCents('1.234', 'comma'), readCents('1,234', 'point')]).toEqual([123_400, 123_400])
  expect([readCents('1.234', 'point'), readCents('1,5', 'point'), readCents('1.5', 'comma')]).toEqual(
    Array(3).fill(undefined),
  )
  expect([readNumber('1.234'), readNumber('1.234', 'point'), readNumber('1.234', 'comma')]).toEqual([
    undefined,
    1.234,
    1234,
  ])
  expect([readNumber('12,5'), readNumber('-3'), readNumber('x')]).toEqual([12.5, -3, undefined])
})

test('a number with more digits than any number has is none', () => {
  expect([readNumber('9'.repeat(308)), readNumber('9'.repeat(310))]).toEqual([1e308, undefined])
  expect([readNumber(`-${'9'.repeat(310)}`), readNumber(`${'9'.repeat(310)}.5`)]).toEqual([undefined, undefined])
})

test('yes and no in both languages, and nothing guessed', () => {
  expect(['Ja', 'x', 'GESPERRT', 'true'].map(readBoolean)).toEqual([true, true, true, true])
  expect(['Nein', '', '0'].map(readBoolean)).toEqual([false, false, false])
  expect(readBoolean('vielleicht')).toBeUndefined()
})

test('an address is kept as written and matched in lower case with its domain in ASCII', () => {
  expect(readAddress(' Ada+News@KÄSE.example ')).toEqual({
    email: 'Ada+News@xn--kse-qla.example',
    key: 'ada+news@xn--kse-qla.example',
  })
  for (const text of [
    '',
    'ada',
    'ada@',
    '@b.de',
    'a@b',
    'a b@c.de',
    'a@b.de/x',
    'a@b@c.de',
    'a@127.1',
    `${'a'.repeat(250)}@b.de`,
  ])
    expect([text, readAddress(text)]).toEqual([text, undefined])
})
