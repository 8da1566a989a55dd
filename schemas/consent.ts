/** The six purposes, and the one rule that says whether a person may be exported. */

import * as z from 'zod'

/**
 * The visitor's: P1 device storage, P2 analytics, P3 interest profile. The contact's: P4 merge of the two worlds, P5 e-mail marketing,
 * P6 e-mail tracking. None implies another.
 */
export const Purpose = z.enum(['P1', 'P2', 'P3', 'P4', 'P5', 'P6'])
export type Purpose = z.infer<typeof Purpose>

export const DevicePurpose = Purpose.extract(['P1', 'P2', 'P3'])
export type DevicePurpose = z.infer<typeof DevicePurpose>
export const ContactPurpose = Purpose.extract(['P4', 'P5', 'P6'])
export type ContactPurpose = z.infer<typeof ContactPurpose>

/**
 * What can stand about a purpose, strongest first. A denied device is `withdrawn` about P1 or P3, an objection to the merge `objected`
 * about P4; `signalled` is GPC or DNT, and a notice that changed has `expired`.
 */
export const State = z.enum(['erased', 'objected', 'withdrawn', 'signalled', 'expired', 'granted', 'unknown'])
export type State = z.infer<typeof State>

/** One thing that stands. Erasure and objection may be against everything; a grant is always for one purpose. */
export const Fact = z.union([
  z.strictObject({ purpose: Purpose, state: State }),
  z.strictObject({ purpose: z.literal('all'), state: State.extract(['erased', 'objected']) }),
])
export type Fact = z.infer<typeof Fact>

export function grants(...purposes: Purpose[]): Fact[] {
  return purposes.map((purpose) => ({ purpose, state: 'granted' }))
}

/** The strongest of what stands about `purpose`; about what nobody said, nothing is known. */
export function effective(facts: readonly Fact[], purpose: Purpose): State {
  const states = facts.filter((fact) => fact.purpose === purpose || fact.purpose === 'all').map((fact) => fact.state)
  return State.options.find((state) => states.includes(state)) ?? 'unknown'
}

/** The device's word for storage and profile, the contact's for merge and mail: all four, or nothing leaves. */
export function mayExport(facts: readonly Fact[]): boolean {
  return (['P1', 'P3', 'P4', 'P5'] as const).every((purpose) => effective(facts, purpose) === 'granted')
}

/** A live profile is the device's grant of both its purposes; without one nothing is known, which means no. */
export const liveDevice: readonly Fact[] = grants('P1', 'P3')
