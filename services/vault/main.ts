/** The vault as a service: pages for people, routes for those who run the house, mail. */

import { join } from 'node:path'
import { rememberNotices } from '../../infra/config/remember-notices.ts'
import { type ImportedKind, noteImported } from '../../infra/control/imported.ts'
import type { AdminApi } from '../../infra/listeners/admin-api.ts'
import { expireOutbox, outboxMailer } from '../../infra/mail/outbox.ts'
import { smtpMailer } from '../../infra/mail/smtp.ts'
import type { Chores, ServiceDeps } from '../../infra/process/service.ts'
import { DAY_MS } from '../../schemas/week.ts'
import { openVault, type Vault } from './open-vault.ts'
import { PENDING_DAYS } from './sign-up.ts'

export async function openVaultService(
  deps: ServiceDeps<'vault'>,
): Promise<{ person: Vault['person']; api: AdminApi; chores: Chores }> {
  const { settings, house, engines, clock, log, onClose } = deps
  const { config } = house
  await rememberNotices(engines.sql.control, config)
  const from = { address: config.mail.from, name: config.mail.name }
  const outbox = join(settings.dataDir, 'outbox')
  const mailer = settings.smtpUrl ? smtpMailer(settings.smtpUrl, from) : outboxMailer(outbox, from)
  onClose(() => mailer.close())
  const keys = (await deps.keys.person()).vault
  const { control } = engines.sql
  const onImported = (kind: ImportedKind) => noteImported({ control, config, clock }, kind)
  const vault = await openVault({ ...engines.sql, keys, mailer, config, settings, clock, log, onImported })
  onClose(() => vault.close())
  const chores: Chores = {
    vault: (now, signal) => vault.expirePending(now, signal),
    // Their links to confirm lead nowhere by then. There may be some of before a mail server was named.
    outbox: (now) => expireOutbox(outbox, now - PENDING_DAYS * DAY_MS),
  }
  return { person: vault.person, api: vault.api, chores }
}
