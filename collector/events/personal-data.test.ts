import { expect, test } from 'vitest'
import { containsPersonalData, dialledFrom } from './personal-data.ts'

test('an address, a number or an account is found in whatever it is wrapped', () => {
  const plain = ['max@example.com', '+49 171 2345678', '0171/2345678', 'DE89 3704 0044 0532 0130 00']
  const wrapped = plain.flatMap((text) => [
    text,
    encodeURIComponent(encodeURIComponent(text)),
    Buffer.from(text).toString('base64'),
    Buffer.from(text).toString('hex'),
    Buffer.from(Buffer.from(text).toString('base64')).toString('base64'),
    [...text].map((character) => `&#${character.codePointAt(0)};`).join(''),
    `Anfrage von ${text}, bitte`,
  ])
  const others = [
    'max(at)example(dot)com',
    'max [at] example.com',
    'ｍａｘ＠ｅｘａｍｐｌｅ．ｃｏｍ',
    'max\u200b@example.com',
    'müller@übung.de',
  ]
  expect([...wrapped, ...others].filter((text) => !containsPersonalData(text, 'DE'))).toEqual([])
})

test('words, dates, sizes and versions are none', () => {
  const harmless = [
    'balkonkraftwerk-800',
    '2026-11-22',
    'am 22.11.2026 um 10 Uhr',
    'Stromspeicher & Notstrom',
    '1920x1080',
    'v1.2.3',
    '12.345.678',
    'Preis: 1.299,99',
    '/blog/2015/05/17',
    'HowToInstallSolarPanels',
    'GET /index.html',
    'A+++',
    'iPhone 15 Pro',
    'heat pump @ home',
  ]
  expect(harmless.filter((text) => containsPersonalData(text, 'DE'))).toEqual([])
})

test('what will not end, or is too long to look at, counts as found', () => {
  let onion = 'x'
  for (let layer = 0; layer < 20; layer += 1) onion = encodeURIComponent(`%${onion}`)
  expect(containsPersonalData(onion, 'DE')).toBe(true)
  expect(containsPersonalData(`${'A '.repeat(2_000)}`, 'DE')).toBe(true)
})

test('numbers are dialled from where the first language is spoken', () => {
  expect(['de', 'fr', 'en', 'sv', undefined, 'xx'].map(dialledFrom)).toEqual(['DE', 'FR', 'GB', 'SE', 'DE', 'DE'])
})
