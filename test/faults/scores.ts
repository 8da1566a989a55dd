/** Asks the product, as its operators can, for the scores of some visitors by their own cookies, and compares them with the oracle's. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Ledger } from './ledger.ts'
import { SITE } from './load.ts'
import { scoresOf } from './oracle.ts'
import type { Member, World } from './world.ts'

const ASKED = 3
const Explained = z.object({
  interests: z.array(
    z.object({
      interest: z.string(),
      score: z.number(),
      terms: z.array(z.object({ n: z.int(), weight: z.int(), decay: z.number() })),
    }),
  ),
})

/** Differences, none if all is well. */
export async function misjudgedScores(world: World, ledger: Ledger): Promise<string[]> {
  const asked = ledger.visitors.filter((visitor) => visitor.purposes === 'all').slice(0, ASKED)
  const differences: string[] = []
  for (const visitor of asked) {
    const cookie = visitor.cookie.slice(visitor.cookie.indexOf('=') + 1)
    const { pseudonym } = z
      .object({ pseudonym: z.string() })
      .parse(await ask(world, world.collector, '/pseudonyms', { site: SITE, cookie }))
    const loader = world.loaders[0] ?? world.collector
    const { interests } = Explained.parse(await ask(world, loader, '/profiles/explain', { site: SITE, pseudonym }))
    const expected = scoresOf(ledger, visitor)
    for (const { interest, score, terms } of interests) {
      // A clock that was turned may have put some of them into another week, which counts less by now.
      const points = terms.reduce((sum, { n, weight }) => sum + n * weight, 0)
      const decayed = terms.reduce((sum, { n, weight, decay }) => sum + n * weight * decay, 0)
      if (points !== (expected.get(interest) ?? 0) && interest !== 'energy')
        differences.push(`${interest} has ${points} points and not ${expected.get(interest) ?? 0}`)
      if (Math.abs(score - decayed) > 1e-6) differences.push(`${interest} scores ${score} and not ${decayed}`)
    }
    const missing = [...expected.keys()].filter((each) => !interests.some(({ interest }) => interest === each))
    if (missing.length > 0) differences.push(`no score for ${missing.join()}`)
  }
  return differences
}

async function ask({ directory }: World, { service, urls }: Member, path: string, body: object): Promise<unknown> {
  const { token } = z
    .object({ token: z.string() })
    .parse(JSON.parse(readFileSync(join(directory, service.name, 'run.json'), 'utf8')))
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${urls.admin}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path} of ${service.name} answered ${answer.status}: ${await answer.text()}`)
  return answer.json()
}
