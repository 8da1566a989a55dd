/** Opens the vault: the pages for people, the routes for those who run the house, and what has to be made good after a crash. */

import type { Hono } from 'hono'
import type { AdminApi } from '../../infra/listeners/admin-api.ts'
import type { Mailer } from '../../infra/ports/mail.ts'
import type { Sql } from '../../infra/ports/sql.ts'
import type { Settings } from '../../infra/process/environment.ts'
import { DAY_MS } from '../../schemas/week.ts'
import { vaultApi } from './api/api.ts'
import { emptyInbox } from './inbox.ts'
import { verifyLedger } from './ledger.ts'
import { settleAllLinks } from './link-requests.ts'
import { openPostOffice } from './mails/post-office.ts'
import { createPersonApp } from './person/app.ts'
import type { PersonEnv } from './person/client-ip.ts'
import type { RateLimit } from './person/rate.ts'
import type { PersonDeps } from './person-deps.ts'
import { expirePageTokens, expirePending } from './queries/pending.ts'
import { PENDING_DAYS, requestLinks } from './sign-up.ts'

export interface VaultDeps extends PersonDeps {
  readonly control: Sql
  readonly mailer: Mailer
  readonly settings: Pick<Settings, 'dataDir' | 'clientAddressHeader'>
  /** Of forms without a token, a network. */
  readonly limit?: RateLimit
  onImported(kind: 'contacts' | 'orders'): Promise<void>
}

export interface Vault {
  readonly person: Hono<PersonEnv>
  readonly api: AdminApi
  /** Forgets sign-ups nobody confirmed and links in mails past their time, and ends links whose consent ran out. */
  expirePending(now: number, signal?: AbortSignal): Promise<void>
  verifyLedger(): ReturnType<typeof verifyLedger>
  /** Resolves when the mails asked for so far are sent. */
  mailed(): Promise<void>
  close(): Promise<void>
}

export async function openVault(deps: VaultDeps): Promise<Vault> {
  const { vault, settings, limit } = deps
  const { clientAddressHeader, dataDir } = settings
  await emptyInbox(dataDir)
  await requestLinks(deps)
  await settleAllLinks(deps)
  const postOffice = openPostOffice(deps)
  // Of before a crash.
  postOffice.signUps()
  return {
    person: createPersonApp({ ...deps, postOffice, clientAddressHeader, limit }),
    api: vaultApi({ ...deps, dataDir }),
    async expirePending(now, signal) {
      await vault.run(expirePending, { before: new Date(now - PENDING_DAYS * DAY_MS).toISOString() })
      await vault.run(expirePageTokens, { now: new Date(now).toISOString() })
      await settleAllLinks(deps, signal)
    },
    verifyLedger: () => verifyLedger(vault),
    mailed: () => postOffice.idle(),
    close: () => postOffice.close(),
  }
}
