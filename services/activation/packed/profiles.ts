/** Profiles of linked devices, by the number of the device: about nine bytes a signal. */

import { type InterestName, SignalKind } from '../../../schemas/interest.ts'
import type { Profile } from '../../../schemas/segment.ts'
import { Traits } from '../../../schemas/topics.ts'
import { packedNumbers } from './numbers.ts'
import { words } from './words.ts'

const MOST = 2 ** 32 - 1

export interface PackedProfiles {
  set(device: number, profile: Profile): void
  get(device: number): Profile | undefined
}

export function packedProfiles(): PackedProfiles {
  /** One more than the number of the profile; 0 where there is none. */
  const numberOf = packedNumbers(Uint32Array)
  const profile = {
    seen: packedNumbers(Uint16Array),
    traits: packedNumbers(Uint16Array),
    first: packedNumbers(Uint32Array),
    signals: packedNumbers(Uint16Array),
  }
  const signal = {
    interest: packedNumbers(Uint16Array),
    week: packedNumbers(Uint16Array),
    kind: packedNumbers(Uint8Array),
    n: packedNumbers(Uint32Array),
  }
  const interests = words<InterestName>()
  const traits = words<string>()
  return {
    set(device, { seenWeek, traits: own, signals }) {
      const number = profile.seen.push(seenWeek)
      numberOf.set(device, number + 1)
      profile.traits.push(traits.codeOf(`${own.country} ${own.device} ${own.language}`))
      profile.first.push(signal.n.size)
      profile.signals.push(signals.length)
      for (const { interest, week, kind, n } of signals) {
        signal.interest.push(interests.codeOf(interest))
        signal.week.push(week)
        signal.kind.push(SignalKind.options.indexOf(kind))
        signal.n.push(Math.min(n, MOST))
      }
    },
    get(device) {
      const number = numberOf.at(device) - 1
      if (number < 0) return undefined
      const [country, kindOfDevice, language] = traits.at(profile.traits.at(number)).split(' ')
      const first = profile.first.at(number)
      return {
        seenWeek: profile.seen.at(number),
        traits: Traits.parse({ country, device: kindOfDevice, language }),
        signals: Array.from({ length: profile.signals.at(number) }, (_, index) => ({
          interest: interests.at(signal.interest.at(first + index)),
          week: signal.week.at(first + index),
          kind: SignalKind.options[signal.kind.at(first + index)] ?? 'view',
          n: signal.n.at(first + index),
        })),
      }
    },
  }
}
