/**
 * Second line against personal data: what got past the closed schema is made plain, however it was wrapped, and looked at for e-mail
 * addresses, phone numbers and bank accounts. In doubt it says yes.
 */

import { electronicFormatIBAN, isValidIBAN } from 'ibantools'
import { type CountryCode, findPhoneNumbersInText, isSupportedCountry } from 'libphonenumber-js'

const MAX_CHARS = 2_048
const MAX_ROUNDS = 6
const MAX_VARIANTS = 24

/** `country` is where phone numbers without a country code are dialled. */
export function containsPersonalData(text: string, country: CountryCode): boolean {
  if (isPlain(text)) return false
  if (text.length > MAX_CHARS) return true
  const variants = plainForms(text)
  return variants === undefined || variants.some((each) => namesSomebody(each, country))
}

/** Spares most strings the search: nothing can be wrapped in them, and they have too few digits for a number. */
function isPlain(text: string): boolean {
  return /^[a-z/._ -]*$/.test(text) || (/^[a-z0-9/._ -]*$/.test(text) && digitsIn(text) < 6)
}

/** Where a site's visitors dial from, going by its first language. */
export function dialledFrom(language: string | undefined): CountryCode {
  const country =
    { en: 'GB', cs: 'CZ', da: 'DK', el: 'GR', sv: 'SE', uk: 'UA' }[language ?? ''] ?? language?.toUpperCase()
  return country && isSupportedCountry(country) ? country : 'DE'
}

/** The text with one wrapping after the other taken off, to the last; `undefined` when that finds no end. */
function plainForms(text: string): string[] | undefined {
  const forms = new Set([text])
  let fresh = [text]
  for (let round = 0; fresh.length > 0; round += 1) {
    if (round === MAX_ROUNDS || forms.size > MAX_VARIANTS) return undefined
    const next = fresh.flatMap((form) => [unescaped(form), ...decodedParts(form)]).filter((form) => !forms.has(form))
    for (const form of next) forms.add(form)
    fresh = [...new Set(next)]
  }
  return [...forms]
}

const entities: Readonly<Record<string, string>> = {
  commat: '@',
  period: '.',
  plus: '+',
  amp: '&',
  num: '#',
  nbsp: ' ',
}

function unescaped(text: string): string {
  return text
    .replace(/(?:%[0-9a-f]{2})+/gi, decodePercent)
    .replace(/&#(\d{1,7});?/g, (whole, code: string) => character(Number(code), whole))
    .replace(/&#x([0-9a-f]{1,6});?/gi, (whole, code: string) => character(Number.parseInt(code, 16), whole))
    .replace(/\\u([0-9a-f]{4})/gi, (whole, code: string) => character(Number.parseInt(code, 16), whole))
    .replace(/&([a-z]+);/gi, (whole, name: string) => entities[name.toLowerCase()] ?? whole)
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s*[([{<]\s*(?:at|ät)\s*[)\]}>]\s*/gi, '@')
    .replace(/\s*[([{<]\s*(?:dot|punkt|point)\s*[)\]}>]\s*/gi, '.')
}

function decodePercent(run: string): string {
  try {
    return decodeURIComponent(run)
  } catch {
    return Buffer.from(run.replaceAll('%', ''), 'hex').toString('latin1')
  }
}

function character(code: number, otherwise: string): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : otherwise
}

/** What runs of base64 and hex stand for, where it is text. */
function decodedParts(text: string): string[] {
  const base64 = (text.match(/[\w+/-]{10,}={0,2}/g) ?? []).map((run) => Buffer.from(run, 'base64'))
  const hex = (text.match(/(?:[0-9a-f]{2}){6,}/gi) ?? []).map((run) => Buffer.from(run, 'hex'))
  return [...base64, ...hex]
    .map((bytes) => bytes.toString('utf8'))
    .filter((part) => /^[\P{C}\s]{6,}$/u.test(part) && !part.includes('\ufffd'))
}

function namesSomebody(text: string, country: CountryCode): boolean {
  return hasAddress(text) || hasAccount(text) || hasPhone(text, country)
}

function hasAddress(text: string): boolean {
  return text.includes('@') && /[\p{L}\p{N}]["']?\s?@\s?[\p{L}\p{N}-]{1,63}\s?\.\s?[\p{L}\p{N}]/u.test(text)
}

function hasAccount(text: string): boolean {
  const runs = text.match(/[a-z]{2}\d{2}(?:[ .\-_]?[a-z0-9]){11,30}/gi) ?? []
  return runs.some((run) => {
    const account = electronicFormatIBAN(run) ?? ''
    // A word may follow the number without a space that would end it.
    for (let length = Math.min(34, account.length); length >= 15; length -= 1)
      if (isValidIBAN(account.slice(0, length))) return true
    return false
  })
}

const dates = /(?<!\d)(?:(?:19|20)\d\d[-/._ ]\d{1,2}[-/._ ]\d{1,2}|\d{1,2}[-/._ ]\d{1,2}[-/._ ](?:19|20)\d\d)(?!\d)/g

/** Dates, sizes and prices are numbers too: what nobody could dial from afar is none. */
function hasPhone(text: string, country: CountryCode): boolean {
  const dialled = text.replace(dates, ' ').replace(/[_/]/g, ' ')
  if (digitsIn(dialled) < 6) return false
  return findPhoneNumbersInText(dialled, country).some(({ startsAt, endsAt }) => {
    const match = dialled.slice(startsAt, endsAt)
    return /^[+0(]/.test(match) || digitsIn(match) >= 9
  })
}

const digitsIn = (text: string): number => text.match(/\d/g)?.length ?? 0
