import { mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, test } from 'vitest'
import type { Close } from '../../infra/process/close-all.ts'
import type { ServiceDeps } from '../../infra/process/service.ts'
import { DAY_MS } from '../../schemas/week.ts'
import { openTestSql } from '../../test/engines/test-engines.ts'
import { testConfig, testVaultKeys } from '../../test/fakes/vault.ts'
import { openVaultService } from './main.ts'

test('mails in the outbox go with the sign-ups they are about', async () => {
  const sql = await openTestSql()
  const dataDir = mkdtempSync(join(tmpdir(), 'bauta-vault-main-'))
  const closing: Close[] = [() => sql.close()]
  const deps = {
    settings: { dataDir },
    house: { config: testConfig },
    engines: { sql },
    keys: { person: async () => ({ vault: testVaultKeys() }) },
    clock: Date.now,
    log: pino({ level: 'silent' }),
    onClose: (close: Close) => void closing.push(close),
  } as unknown as ServiceDeps<'vault'>
  const { chores } = await openVaultService(deps)
  const now = Date.now()
  mkdirSync(join(dataDir, 'outbox'))
  for (const days of [6, 8]) {
    const file = join(dataDir, 'outbox', `${days}.eml`)
    writeFileSync(file, 'x')
    utimesSync(file, new Date(now), new Date(now - days * DAY_MS))
  }
  for (const chore of Object.values(chores)) await chore(now, new AbortController().signal)
  expect(readdirSync(join(dataDir, 'outbox'))).toEqual(['6.eml'])
  for (const close of closing.reverse()) await close()
})
