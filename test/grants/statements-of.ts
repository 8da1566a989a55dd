/** Every statement that a service can ask of its databases: what its modules define while they are loaded. */

import { vi } from 'vitest'
import type * as z from 'zod'
import type { Statement } from '../../infra/ports/sql.ts'
import type { ServiceName } from '../../infra/process/service.ts'
import type { Selection } from '../../schemas/selection.ts'

export type AnyStatement = Statement<z.ZodObject, z.ZodType>

/** Selections come as people write them: one of each leaf. */
const selections: readonly Selection[] = [
  { attribute: 'country', equals: 'AT' },
  { attribute: 'points', in: [5, 'x'] },
  { attribute: 'points', range: { from: 1, to: 2 } },
  { attribute: 'vip', exists: true },
  { orders: { days: 30, category: 'x', count: { min: 1, max: 2 }, revenue: { min: 1, max: 2 } } },
  { birthday: { within: 7 } },
  { member: 'x' },
  { source: 'crm' },
]

/** The service's own beginning, and what the process puts beside it. */
const modulesOf = {
  profiles: () => import('../../services/profiles/main.ts'),
  segments: () => import('../../services/segments/main.ts'),
  vault: () => import('../../services/vault/main.ts'),
  activation: async () => {
    await import('../../services/activation/main.ts')
    await import('../../services/admin/admin-of.ts')
  },
} satisfies Partial<Record<ServiceName, () => Promise<unknown>>>
export type Grantee = keyof typeof modulesOf

/** What is asked of the store names no schema. */
const ofPersonSide = /\b(vault|ledger|links|runs|control)\.\w/
export const isOfPersonSide = ({ sql }: Pick<AnyStatement, 'sql'>): boolean => ofPersonSide.test(sql)

/** Those of the store too. Defining freezes them, and nothing else sees all of them: many are known to their module alone. */
export async function allStatementsOf(service: Grantee): Promise<AnyStatement[]> {
  const found = new Map<string, AnyStatement>()
  const freeze = vi.spyOn(Object, 'freeze').mockImplementation(<T>(value: T): Readonly<T> => {
    const { sql, params } = (value ?? {}) as Partial<AnyStatement>
    if (typeof sql === 'string' && params) found.set(sql, value as AnyStatement)
    return value
  })
  try {
    vi.resetModules()
    await modulesOf[service]()
    if (service === 'activation') {
      const { selectedContacts } = await import('../../services/activation/queries/contacts.ts')
      const { selectionSql } = await import('../../services/activation/queries/selection-sql.ts')
      for (const selection of selections) selectedContacts(selectionSql(selection, '2026-11-20'))
    }
  } finally {
    freeze.mockRestore()
  }
  return [...found.values()]
}

export const statementsOf = async (service: Grantee) => (await allStatementsOf(service)).filter(isOfPersonSide)
