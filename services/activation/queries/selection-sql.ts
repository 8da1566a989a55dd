/** A selection as SQL: a condition over `vault.contacts c`, with every value bound. */

import * as z from 'zod'
import type { Selection } from '../../../schemas/selection.ts'
import { DAY_MS, dayOf } from '../../../schemas/week.ts'

export interface SelectionSql {
  readonly condition: string
  readonly shape: Record<string, z.ZodString>
  /** All as text; the SQL casts them. Lists are JSON. */
  readonly params: Record<string, string>
}

/** `today` is the UTC day that "within" and "the last days" count from. */
export function selectionSql(selection: Selection, today: string): SelectionSql {
  const params: Record<string, string> = {}
  const shape: Record<string, z.ZodString> = {}
  const bind = (value: string | number): string => {
    const name = `s${Object.keys(params).length + 1}`
    params[name] = String(value)
    shape[name] = z.string()
    return `$${name}::text`
  }

  const compile = (node: Selection): string => {
    if ('all' in node) return `(${node.all.map(compile).join(' AND ')})`
    if ('any' in node) return `(${node.any.map(compile).join(' OR ')})`
    if ('not' in node) return `NOT ${compile(node.not)}`
    // Absent attributes make NULL, which is neither true nor, under NOT, false: here it is false.
    return `COALESCE(${leaf(node, bind, today)}, false)`
  }
  return { condition: compile(selection), shape, params }
}

type Leaf = Exclude<Selection, { all: unknown } | { any: unknown } | { not: unknown }>
type Bind = (value: string | number) => string

function leaf(node: Leaf, bind: Bind, today: string): string {
  if ('orders' in node) return ordersCondition(node.orders, bind, today)
  if ('birthday' in node) {
    const days = JSON.stringify(birthdaysWithin(today, node.birthday.within))
    return `${bind(days)}::jsonb @> to_jsonb(substring(c.attributes ->> 'birthday' FROM '^[0-9]{4}-([0-9]{2}-[0-9]{2})$'))`
  }
  if ('member' in node) return `${bind(node.member)} = ANY(c.lists)`
  if ('source' in node) return `c.source = ${bind(node.source)}`
  const text = `(c.attributes ->> ${bind(node.attribute)})`
  if ('exists' in node) return `(COALESCE(${text}, '') <> '') = ${node.exists}`
  if ('equals' in node) return oneOf(text, [node.equals], bind)
  if ('in' in node) return oneOf(text, node.in, bind)
  return within(text, node.range.from, node.range.to, bind)
}

// CRM files say 5, "5" and "5.0" for the same thing.
const NUMBER = "'^-?[0-9]{1,30}([.][0-9]{1,30})?$'"
const DATE = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}$'"
const numeric = (text: string) => `CASE WHEN ${text} ~ ${NUMBER} THEN ${text}::numeric END`

function oneOf(text: string, values: readonly (string | number | boolean)[], bind: Bind): string {
  const numbers = values.filter((value) => typeof value === 'number')
  const words = values.filter((value) => typeof value !== 'number').map(String)
  const parts = [
    ...(words.length > 0 ? [`${bind(JSON.stringify(words))}::jsonb @> to_jsonb(${text})`] : []),
    ...(numbers.length > 0 ? [`${bind(JSON.stringify(numbers))}::jsonb @> to_jsonb(${numeric(text)})`] : []),
  ]
  return `(${parts.join(' OR ')})`
}

function within(text: string, from: string | number | undefined, to: string | number | undefined, bind: Bind): string {
  const dates = typeof (from ?? to) === 'string'
  const value = dates ? `CASE WHEN ${text} ~ ${DATE} THEN ${text} END COLLATE "C"` : numeric(text)
  const end = (bound: string | number) => (dates ? bind(bound) : `${bind(bound)}::numeric`)
  const parts = [
    ...(from === undefined ? [] : [`(${value}) >= ${end(from)}`]),
    ...(to === undefined ? [] : [`(${value}) <= ${end(to)}`]),
  ]
  return parts.join(' AND ')
}

function ordersCondition(orders: Extract<Leaf, { orders: unknown }>['orders'], bind: Bind, today: string): string {
  const { days, category, count, revenue } = orders
  // A return has negative cents: it lowers the revenue and is no order.
  const number = 'count(*) FILTER (WHERE o.cents >= 0)'
  const sum = 'COALESCE(sum(o.cents), 0)'
  const cents = (units: number) => `(${bind(units)}::numeric * 100)`
  const atLeastOne = count === undefined && revenue === undefined
  const having = [
    ...(atLeastOne ? [`${number} >= 1`] : []),
    ...(count?.min === undefined ? [] : [`${number} >= ${bind(count.min)}::bigint`]),
    ...(count?.max === undefined ? [] : [`${number} <= ${bind(count.max)}::bigint`]),
    ...(revenue?.min === undefined ? [] : [`${sum} >= ${cents(revenue.min)}`]),
    ...(revenue?.max === undefined ? [] : [`${sum} <= ${cents(revenue.max)}`]),
  ]
  const now = `${bind(today)}::date`
  const where = [
    'o.contact = c.contact',
    `o.day <= ${now}`,
    ...(days === undefined ? [] : [`o.day > ${now} - ${bind(days)}::int`]),
    ...(category === undefined ? [] : [`o.category = ${bind(category)}`]),
  ]
  return `(SELECT ${having.join(' AND ') || 'true'} FROM vault.orders o WHERE ${where.join(' AND ')})`
}

/** The birthdays, as MM-DD, that fall on one of the days from `today` on. */
export function birthdaysWithin(today: string, days: number): string[] {
  const start = Date.parse(today)
  return Array.from({ length: days + 1 }, (_, n) => dayOf(start + n * DAY_MS)).flatMap((day) => {
    const inLeapYear = dayOf(Date.parse(`${day.slice(0, 4)}-02-28`) + DAY_MS).endsWith('02-29')
    return day.endsWith('03-01') && !inLeapYear ? ['02-29', '03-01'] : [day.slice(5)]
  })
}
