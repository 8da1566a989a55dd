/**
 * The profiles service with one of its safeguards taken out, so that the oracle can be seen to notice: `broken-profiles dedup|token|fence`.
 * All else is as `bauta profiles` has it.
 */

import { randomBytes, randomInt } from 'node:crypto'
import { groupOffsets } from '../../infra/distributed/kafka/group-offsets.ts'
import { openKafkaLog } from '../../infra/distributed/kafka/kafka-log.ts'
import { type EngineConfig, type Engines, openEngines } from '../../infra/engines.ts'
import { listen } from '../../infra/listeners/http.ts'
import type { Log } from '../../infra/ports/log.ts'
import type { Store } from '../../infra/ports/store.ts'
import { readEnvironment } from '../../infra/process/environment.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { run } from '../../infra/process/run.ts'
import { writeRunFile } from '../../infra/process/run-file.ts'
import { partsOf } from '../../infra/process/service.ts'
import { DedupId } from '../../schemas/ids.ts'
import { openServices } from '../../services/open-services.ts'

const [, , broken = ''] = process.argv

/** Who says something again is not recognised. */
function withoutDedup(log: Log): Log {
  const consume: Log['consume'] = (options) =>
    log.consume({
      ...options,
      each: (batch) => {
        const records = batch.records.map((record) =>
          'id' in record ? { ...record, id: DedupId.parse(randomBytes(8).toString('hex')) } : record,
        )
        return options.each({ ...batch, records })
      },
    })
  return { ...log, consume }
}

/** The store cannot tell a range that comes again from a new one. */
function withoutToken(store: Store): Store {
  return { ...store, append: (table, rows, token) => store.append(table, rows, `${token}:${randomInt(2 ** 40)}`) }
}

/** A range that somebody left in the middle is forgotten, and cut anew. */
const withoutFence: typeof groupOffsets = {
  async read(seat, places) {
    const standings = await groupOffsets.read(seat, places)
    return new Map([...standings].map(([key, { next }]) => [key, { next, pin: undefined }]))
  },
  commit: (seat, place, { next }) => groupOffsets.commit(seat, place, { next, pin: undefined }),
}

async function openBroken(config: EngineConfig): Promise<Engines> {
  const engines = (await openEngines(config, [...partsOf.profiles])) as Engines
  if (broken === 'dedup') return { ...engines, log: withoutDedup(engines.log) }
  if (broken === 'token') return { ...engines, store: withoutToken(engines.store) }
  const { kafka } = config.distributed
  if (broken !== 'fence' || !kafka) throw new Error(`nothing is broken by ${broken}`)
  const log = await openKafkaLog(kafka, { offsets: withoutFence })
  const close = async () => {
    await log.close()
    await engines.close()
  }
  return { ...engines, log, close }
}

process.exitCode = await run(async (life) => {
  const settings = readEnvironment(process.env, process.cwd())
  const log = openLogger({ level: settings.logLevel, service: 'profiles' })
  const options = { clock: Date.now, log, listeners: () => ({}), serving: true, openEngines: openBroken }
  const opened = life.open(await openServices(settings, ['profiles'], options))
  const at = { name: 'admin', host: settings.hosts.admin, port: settings.ports.admin }
  const { host, port } = life.open(await listen(opened.admin, at))
  const url = `http://${host}:${port}`
  const remove = writeRunFile(settings.dataDir, { pid: process.pid, url, token: opened.localToken })
  life.atEnd(async () => remove())
  await life.ended
  return 0
})
