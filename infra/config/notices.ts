/** What a notice says and whom it covers is what people agreed to: once shown under a version, neither may change under it. */

import * as z from 'zod'
import { canonical } from '../../schemas/chain.ts'
import type { BautaConfig, Notice } from '../../schemas/config.ts'
import { Fault } from '../../schemas/fault.ts'
import { sha256 } from '../control/audit.ts'
import { defineStatement, type Sql } from '../ports/sql.ts'

export const RememberedNotice = z.object({
  site: z.string(),
  version: z.string(),
  language: z.string(),
  hash: z.string(),
})
export type RememberedNotice = z.infer<typeof RememberedNotice>

const known = defineStatement({
  name: 'known_notices',
  sql: 'SELECT site, version, language, hash FROM control.notices',
  params: z.object({}),
  row: RememberedNotice,
})

/** In the place of a language: the row of what holds in all of them. */
const TERMS = ''

/** The text by language, under the hash by which the proofs of consents name it, and apart from it what the notice covers. */
function hashesOf({ text, purposes, recipients, scope }: Notice): { language: string; hash: string }[] {
  const terms = { purposes: setOf(purposes), recipients: setOf(recipients), scope }
  const texts = Object.entries(text).map(([language, words]) => ({ language, hash: sha256(words) }))
  return [...texts, { language: TERMS, hash: sha256(canonical(terms)) }]
}

const setOf = (names: readonly string[]) => [...new Set(names)].sort()

/** Answers what is not remembered yet. Throws `config_invalid` that names each version that is another than before. */
export async function refuseChangedNotices(
  control: Sql,
  { sites }: Pick<BautaConfig, 'sites'>,
): Promise<RememberedNotice[]> {
  const shown = Object.entries(sites).flatMap(([site, { notices }]) =>
    notices.flatMap((notice) => hashesOf(notice).map((each) => ({ site, version: notice.version, ...each }))),
  )
  const before = new Map((await control.run(known, {})).map((row) => [nameOf(row), row.hash]))
  const changed = shown.filter((notice) => (before.get(nameOf(notice)) ?? notice.hash) !== notice.hash).map(nameOf)
  if (changed.length > 0)
    throw new Fault(
      'config_invalid',
      `a notice that people may have agreed to was changed: ${changed.join(', ')}; give it a version of its own`,
    )
  return shown.filter((notice) => !before.has(nameOf(notice)))
}

function nameOf({ site, version, language }: RememberedNotice): string {
  return `${site} ${version} (${language === TERMS ? 'purposes, recipients or scope' : `text in ${language}`})`
}
