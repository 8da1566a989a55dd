/** Who may do what over the admin API: the one table. */

import * as z from 'zod'

export const Role = z.enum(['admin', 'marketer', 'analyst', 'privacy', 'integration'])
export type Role = z.infer<typeof Role>

/** `status` is for whoever has a token. */
export const permissions = {
  'status.read': ['admin', 'marketer', 'analyst', 'privacy', 'integration'],
  'tokens.issue': ['admin'],
  'keys.read': ['admin', 'privacy'],
  'keys.change': ['admin'],
  'audit.read': ['admin', 'privacy'],
  'dead_letters.read': ['admin'],
  'dead_letters.replay': ['admin'],
  'store.reconcile': ['admin'],
  'segments.read': ['admin', 'marketer', 'analyst'],
  'segments.write': ['admin', 'analyst'],
  'segments.preview': ['admin', 'marketer', 'analyst'],
  // Not for analysts: two counts in a row would tell who came in between.
  'snapshots.take': ['admin'],
  'reports.read': ['admin', 'marketer', 'analyst'],
  'profiles.explain': ['admin', 'privacy'],
  'audiences.read': ['admin', 'marketer'],
  'audiences.write': ['admin', 'marketer'],
  'audiences.preview': ['admin', 'marketer'],
  'runs.read': ['admin', 'marketer', 'privacy'],
  'runs.start': ['admin', 'marketer'],
  'runs.approve': ['admin', 'marketer'],
  'schedules.read': ['admin', 'marketer'],
  'schedules.change': ['admin', 'marketer'],
  'contacts.import': ['admin', 'integration'],
  'consents.read': ['admin', 'privacy'],
  'consents.write': ['admin', 'integration'],
  'links.write': ['admin', 'integration'],
  'subjects.access': ['admin', 'privacy'],
  'subjects.erase': ['admin', 'privacy'],
} as const satisfies Record<string, readonly Role[]>

export type Permission = keyof typeof permissions

export function may(role: Role, permission: Permission): boolean {
  return (permissions[permission] as readonly Role[]).includes(role)
}
