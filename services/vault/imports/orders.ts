/** Orders: by the shop's own key, of contacts that the same source has brought. */

import type { SqlSession } from '../../../infra/ports/sql.ts'
import { findContacts, findOrders, putOrders, type StoredOrder } from '../queries/contacts.ts'
import type { Mapping } from './mapping.ts'
import { type Cells, type Read, refuse } from './row.ts'
import type { Importer, Outcome } from './run-import.ts'
import { readCents, readDay } from './values.ts'

interface OrderRow extends Omit<StoredOrder, 'source' | 'contact'> {
  readonly line: number
  readonly sourceId: string
}

export const orderImporter: Importer<OrderRow> = {
  kind: 'orders',
  read: readOrder,
  identity: ({ orderId }) => orderId,
  apply: applyOrders,
}

function readOrder({ line, fields }: Cells, { decimal, defaults }: Mapping): Read<OrderRow> {
  const orderId = fields.get('order_id') ?? ''
  if (orderId === '' || orderId.length > 100) return refuse(line, 'order_id', 'is empty or longer than 100 characters')
  const sourceId = fields.get('source_id') ?? ''
  if (sourceId === '') return refuse(line, 'source_id', 'is empty')
  const day = readDay(fields.get('day') ?? '')
  if (day === undefined) return refuse(line, 'day', 'is no day: write 31.12.2026 or 2026-12-31')
  const cents = readCents(fields.get('amount') ?? '', decimal)
  if (cents === undefined)
    return refuse(
      line,
      'amount',
      'is no amount, or one that can be read in two ways: name the decimal mark in the mapping',
    )
  const currency = (fields.get('currency') || defaults.currency).toUpperCase()
  if (!/^[A-Z]{3}$/.test(currency)) return refuse(line, 'currency', 'is no currency code: write three letters, as EUR')
  const category = fields.get('category') || defaults.category
  if (category.length > 100) return refuse(line, 'category', 'is longer than 100 characters')
  return { row: { line, orderId, sourceId, day, cents, currency, category } }
}

async function applyOrders(session: SqlSession, source: string, rows: readonly OrderRow[]): Promise<Outcome[]> {
  const ids = JSON.stringify([...new Set(rows.map(({ sourceId }) => sourceId))])
  const contacts = await session.run(findContacts, { source, ids, keys: '[]' })
  const owners = new Map(contacts.map(({ sourceId, contact }) => [sourceId, contact]))
  const orders = await session.run(findOrders, { source, ids: JSON.stringify(rows.map(({ orderId }) => orderId)) })
  const known = new Map(orders.map((order) => [order.orderId, text(order)]))
  const changed: StoredOrder[] = []
  const outcomes = rows.map(({ line, sourceId, ...rest }): Outcome => {
    const contact = owners.get(sourceId)
    if (!contact) return refuse(line, 'source_id', 'is no contact of this source; import the contacts first').refused
    const order = { source, contact, ...rest }
    const before = known.get(order.orderId)
    if (before === text(order)) return 'unchanged'
    changed.push(order)
    return before === undefined ? 'added' : 'changed'
  })
  if (changed.length > 0) await session.run(putOrders, { rows: JSON.stringify(changed) })
  return outcomes
}

function text({ orderId, contact, day, cents, currency, category }: StoredOrder): string {
  return JSON.stringify([orderId, contact, day, cents, currency, category])
}
