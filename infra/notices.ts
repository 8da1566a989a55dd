/** A notice's text is what people agreed to: once shown under a version, it may not change under it. */

import * as z from 'zod'
import type { BautaConfig } from '../schemas/config.ts'
import { Fault } from '../schemas/fault.ts'
import { sha256 } from './audit.ts'
import { defineStatement, type Sql } from './ports/sql.ts'

const Row = z.object({ site: z.string(), version: z.string(), language: z.string(), hash: z.string() })
const known = defineStatement({
  name: 'known_notices',
  sql: 'SELECT site, version, language, hash FROM control.notices',
  params: z.object({}),
  row: Row,
})
const remember = defineStatement({
  name: 'remember_notice',
  sql: 'INSERT INTO control.notices (site, version, language, hash) VALUES ($site, $version, $language, $hash) ON CONFLICT DO NOTHING',
  params: Row,
  row: z.unknown(),
})

/** Remembers new ones. Throws `config_invalid` that names each version whose text is another than before. */
export async function checkNotices(control: Sql, { sites }: Pick<BautaConfig, 'sites'>): Promise<void> {
  const shown = Object.entries(sites).flatMap(([site, { notices }]) =>
    notices.flatMap(({ version, text }) =>
      Object.entries(text).map(([language, words]) => ({ site, version, language, hash: sha256(words) })),
    ),
  )
  const keyOf = ({ site, version, language }: (typeof shown)[number]) => `${site} ${version} (${language})`
  const before = new Map((await control.run(known, {})).map((row) => [keyOf(row), row.hash]))
  const changed = shown.filter((notice) => (before.get(keyOf(notice)) ?? notice.hash) !== notice.hash).map(keyOf)
  if (changed.length > 0)
    throw new Fault(
      'config_invalid',
      `the text of a notice that people may have agreed to was changed: ${changed.join(', ')}; give it a version of its own`,
    )
  for (const notice of shown) if (!before.has(keyOf(notice))) await control.run(remember, notice)
}
