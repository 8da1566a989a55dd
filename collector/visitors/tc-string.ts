/** Reads the purposes of a TC string (IAB TCF 2). It can only refuse: what it cannot be asked about, it does not allow. */

import type { DevicePurpose } from '../../schemas/consent.ts'

/** Where the 24 bits of PurposesConsent begin in the core segment. */
const PURPOSES_AT = 152
const VERSION = 2

/** TCF: 1 storage; 8 and 9 measuring and research; 3 and 5 profiles for advertising and content. */
const needed: Readonly<Record<DevicePurpose, readonly number[]>> = { P1: [1], P2: [8, 9], P3: [3, 5] }

/** The purposes that the string does not speak against; none for one that cannot be read. */
export function allowedByTc(purposes: readonly DevicePurpose[], tc: string): DevicePurpose[] {
  const core = Buffer.from(tc.split('.')[0] ?? '', 'base64url')
  const bit = (at: number) => ((core[at >> 3] ?? 0) >> (7 - (at & 7))) & 1
  const version = (core[0] ?? 0) >> 2
  if (version !== VERSION || core.length * 8 < PURPOSES_AT + 24) return []
  return purposes.filter((purpose) => needed[purpose].every((number) => bit(PURPOSES_AT + number - 1) === 1))
}
