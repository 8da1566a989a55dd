/** Remembers notices before anybody can agree to them. Apart from the check, because only who takes consents may add to what is remembered. */

import * as z from 'zod'
import type { BautaConfig } from '../../schemas/config.ts'
import { defineStatement, type Sql } from '../ports/sql.ts'
import { RememberedNotice, refuseChangedNotices } from './notices.ts'

const remember = defineStatement({
  name: 'remember_notice',
  sql: 'INSERT INTO control.notices (site, version, language, hash) VALUES ($site, $version, $language, $hash) ON CONFLICT DO NOTHING',
  params: RememberedNotice,
  row: z.unknown(),
})

/**
 * New ones, and what a notice covers where a house remembers its text alone, as all did once: such a notice counts from then on as it
 * stands. Throws as the check does.
 */
export async function rememberNotices(control: Sql, config: Pick<BautaConfig, 'sites'>): Promise<void> {
  for (const notice of await refuseChangedNotices(control, config)) await control.run(remember, notice)
}
