/** `bauta engines copy`: from an embedded data directory, which stays as it is, into the engines of the environment. */

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Copied } from '../../infra/copy/copied.ts'
import { copyEngines, countRows } from '../../infra/copy/copy-engines.ts'
import { allTables } from '../../infra/copy/copy-store.ts'
import { type Engines, openEngines } from '../../infra/engines.ts'
import { refusePending } from '../../infra/migrate.ts'
import { databases } from '../../infra/ports/sql.ts'
import type { Store } from '../../infra/ports/store.ts'
import type { Settings } from '../../infra/process/environment.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { Fault } from '../../schemas/fault.ts'
import { openServices } from '../open-services.ts'
import { howToEmpty } from './how-to-empty.ts'
import type { Output } from './output.ts'

export interface CopyCommand {
  /** Of the target. */
  readonly settings: Settings
  readonly output: Output
  /** The embedded data directory; nothing may run on it. */
  readonly directory: string
  readonly clock: () => number
}

export async function copyFromDirectory({ settings, output, directory, clock }: CopyCommand): Promise<Copied[]> {
  const source = sourceSettings(settings, directory)
  const from = await openEngines(source)
  try {
    output.talk('what the log still holds goes into the store first')
    await drain(source, from, clock)
    const to = await openEngines(settings, ['log', 'store', ...databases], { unhurried: true })
    try {
      await refusePending(to)
      const bar = output.progress('copying', await countRows(from))
      let copied = 0
      const onCopied = (_what: string, rows: number) => {
        copied += rows
        bar.set(copied)
      }
      try {
        return await copyEngines({ from, to, onCopied })
      } catch (error) {
        throw error instanceof Fault && error.code === 'conflict' ? await withWay(error, settings, to.store) : error
      } finally {
        bar.stop()
      }
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}

async function withWay(error: Fault, { distributed }: Settings, store: Store): Promise<Fault> {
  const lines = [
    error.message,
    'If all that is there was left by a copy that broke off, and only then, empty the target and copy again; the source is as it was:',
    ...howToEmpty(distributed, await allTables(store)).map((command) => `  ${command}`),
  ]
  return new Fault(error.code, lines.join('\n'), { cause: error })
}

function sourceSettings(settings: Settings, directory: string): Settings {
  const dataDir = resolve(directory)
  if (settings.engines !== 'distributed')
    throw new Fault(
      'config_invalid',
      'set BAUTA_ENGINES=distributed and the addresses of the engines: they say where to copy to',
    )
  if (dataDir === settings.dataDir)
    throw new Fault('config_invalid', 'BAUTA_DATA must name another directory than the one that is copied from')
  const counted = join(dataDir, 'log', 'partitions')
  if (!existsSync(counted)) throw new Fault('not_found', `${dataDir} is no data directory of embedded engines`)
  const partitions = Number(readFileSync(counted, 'utf8'))
  const keysDir = join(dataDir, 'keys')
  return { ...settings, engines: 'embedded', dataDir, partitions, keysDir, publicKeysDir: keysDir }
}

/** Its own loader does that, on engines that stay open: nobody may write in between. */
async function drain(source: Settings, engines: Engines, clock: () => number): Promise<void> {
  const services = await openServices(source, ['profiles'], {
    clock,
    log: openLogger({ level: 'warn', service: 'copy' }),
    listeners: () => ({}),
    serving: false,
    openEngines: async () => ({ ...engines, close: async () => {} }),
  })
  try {
    await services.profiles?.caughtUp()
  } finally {
    await services.close()
  }
}
