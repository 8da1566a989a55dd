/** The vault as a service: pages for people, routes for those who run the house, mail. */

import { join } from 'node:path'
import type { AdminApi } from '../../infra/admin-api.ts'
import { type ImportedKind, noteImported } from '../../infra/imported.ts'
import { outboxMailer } from '../../infra/mail/outbox.ts'
import { smtpMailer } from '../../infra/mail/smtp.ts'
import { rememberNotices } from '../../infra/remember-notices.ts'
import type { Chores, ServiceDeps } from '../../infra/service.ts'
import { openVault, type Vault } from './open-vault.ts'

export async function openVaultService(
  deps: ServiceDeps<'vault'>,
): Promise<{ person: Vault['person']; api: AdminApi; chores: Chores }> {
  const { settings, house, engines, clock, log, onClose } = deps
  const { config } = house
  await rememberNotices(engines.sql.control, config)
  const from = { address: config.mail.from, name: config.mail.name }
  const mailer = settings.smtpUrl
    ? smtpMailer(settings.smtpUrl, from)
    : outboxMailer(join(settings.dataDir, 'outbox'), from)
  onClose(() => mailer.close())
  const keys = (await deps.keys.person()).vault
  const { control } = engines.sql
  const onImported = (kind: ImportedKind) => noteImported({ control, config, clock }, kind)
  const vault = await openVault({ ...engines.sql, keys, mailer, config, settings, clock, log, onImported })
  onClose(() => vault.close())
  return { person: vault.person, api: vault.api, chores: { vault: (now, signal) => vault.expirePending(now, signal) } }
}
