/** Values as CRM files write them, in German and in English. Each reader gives `undefined` for what it cannot read for sure. */

import { Address, asciiDomain, normalisedAddress } from '../../../schemas/contact.ts'

export type DecimalMark = 'comma' | 'point'

/** 2026-12-31, also with a time behind it, or 31.12.2026. Not 31/12/2026, which elsewhere is read the other way round. */
export function readDay(text: string): string | undefined {
  const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}.*)?$/.exec(text)
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?: \d{1,2}:\d{2}.*)?$/.exec(text)
  if (iso) return realDay(iso[1], iso[2], iso[3])
  return german ? realDay(german[3], german[2], german[1]) : undefined
}

function realDay(year = '', month = '', day = ''): string | undefined {
  const text = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const date = new Date(`${text}T00:00:00Z`)
  // 31 February would roll over into March, and PostgreSQL knows no year 0.
  return Number(year) < 1 || Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text ? undefined : text
}

/**
 * A day and a time, as an instant. A time without an offset is taken as UTC. A day alone is not enough: as proof of a consent a date
 * without a time has failed in court.
 */
export function readInstant(text: string): string | undefined {
  const [, day = '', hour = '', minute = '', second = '00', offset = 'Z'] =
    /^([\d.-]+)[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? []
  const iso = readDay(day)
  if (iso === undefined) return undefined
  const date = new Date(`${iso}T${hour.padStart(2, '0')}:${minute}:${second}${offset}`)
  const instant = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  // At either end of the calendar the offset leads out of it.
  return /^(?!0000)\d{4}-/.test(instant) ? instant : undefined
}

const amount = /^([+-]?)(\d{1,3}(?:([.,' ])\d{3})(?:\3\d{3})*|\d+)(?:([.,])(\d{1,2}))?$/

/**
 * Cents of 1.234,56 or 1,234.56, 12,5 or 1234, with or without a euro sign. `1.234` may be either a thousand or a fraction: it is read
 * only where the mapping names the decimal mark.
 */
export function readCents(text: string, mark?: DecimalMark): number | undefined {
  const bare = text.replace(/\s*(€|EUR)$/i, '').trim()
  const [all, sign, whole = '', group, point, fraction = ''] = amount.exec(bare) ?? []
  if (all === undefined) return undefined
  const decimal = mark === 'comma' ? ',' : mark === 'point' ? '.' : undefined
  if (point !== undefined && (point === group || (decimal !== undefined && point !== decimal))) return undefined
  if (group !== undefined && decimal === group) return undefined
  const oneGroup = (group === '.' || group === ',') && whole.split(group).length === 2
  if (oneGroup && point === undefined && decimal === undefined) return undefined
  const cents = Number(whole.replace(/\D/g, '')) * 100 + Number(fraction.padEnd(2, '0'))
  if (!Number.isSafeInteger(cents)) return undefined
  return sign === '-' && cents !== 0 ? -cents : cents
}

/** A number of any precision, under the same rules; what is larger than any number here is none. */
export function readNumber(text: string, mark?: DecimalMark): number | undefined {
  const number = numberIn(text, mark)
  return number !== undefined && Number.isFinite(number) ? number : undefined
}

function numberIn(text: string, mark?: DecimalMark): number | undefined {
  if (/^[+-]?\d+$/.test(text)) return Number(text)
  const [all, whole, point, fraction] = /^([+-]?\d+)([.,])(\d+)$/.exec(text) ?? []
  if (
    all !== undefined &&
    (mark === 'comma' ? point === ',' : mark === 'point' ? point === '.' : fraction?.length !== 3)
  )
    return Number(`${whole}.${fraction}`)
  const cents = readCents(text, mark)
  return cents === undefined ? undefined : cents / 100
}

const words = new Map<string, boolean>(
  [
    ['ja', 'j', 'yes', 'y', 'true', 'wahr', '1', 'x', 'gesperrt', 'locked'].map((word) => [word, true] as const),
    ['nein', 'n', 'no', 'false', 'falsch', '0', '-', '', 'frei', 'aktiv', 'active'].map(
      (word) => [word, false] as const,
    ),
  ].flat(),
)

export function readBoolean(text: string): boolean | undefined {
  return words.get(text.toLowerCase())
}

/** As it is written to, and as people are matched by it. */
export function readAddress(text: string): { readonly email: Address; readonly key: string } | undefined {
  const [, local, domain] = /^([^@\s]+)@([^@\s/?#\\:]+)$/.exec(text.normalize('NFKC').trim()) ?? []
  if (local === undefined || domain === undefined) return undefined
  const { data } = Address.safeParse(`${local}@${asciiDomain(domain)}`)
  return data === undefined ? undefined : { email: data, key: normalisedAddress(data) }
}
