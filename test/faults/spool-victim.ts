/**
 * The process that the spool's kill test kills: `spool-victim PATH ROUND BEHIND`. While its log is away it appends, and says on stdout what was
 * acknowledged (`a id`); then the log is back and the spool drains (`d`). BEHIND is `durable`, or `forgetful`: a log that acknowledges
 * what it has not saved yet.
 */

import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import { openSpooledLog } from '../../infra/distributed/spool/spooled-log.ts'
import { openFileLog } from '../../infra/embedded/file-log/file-log.ts'
import { Fault } from '../../schemas/fault.ts'
import { counts } from '../fakes/counts.ts'

const [, , path = '', round = '0', behind = 'durable'] = process.argv
const RECORDS = 4_000
const AT_ONCE = 50

const log = await openFileLog({ path: join(path, 'log'), partitions: 1, segmentBytes: 1 << 20 })
let up = round === 'last'
const saving: Promise<unknown>[] = []
const openLog = async () => ({
  ...log,
  async append(entries: Parameters<typeof log.append>[0]) {
    if (!up) throw new Fault('log_down', 'as a broker that is away')
    const save = async (ms: number) => pause(ms).then(() => log.append(entries))
    if (behind === 'durable') return save(10)
    // Longer than any that is killed lives.
    saving.push(save(round === 'last' ? 10 : 3_600_000))
  },
})
const spooled = await openSpooledLog({
  openLog,
  partitions: 1,
  path: join(path, 'spool'),
  logger: pino({ level: 'silent' }),
  retryMs: 1,
  breaker: { openMs: 1 },
})

if (!up) {
  const from = Number(round) * 1_000_000
  for (let n = from; n < from + RECORDS; n += AT_ONCE) {
    await spooled.append(counts(n, n + AT_ONCE))
    writeSync(1, Array.from({ length: AT_ONCE }, (_, i) => `a ${n + i}\n`).join(''))
  }
  up = true
  while (behind === 'forgetful' && spooled.status().drained === 0) await pause(1)
  writeSync(1, 'd\n')
}
while (spooled.degraded().length > 0) await pause(1)
if (round === 'last') {
  await Promise.all(saving)
  await spooled.close()
  process.exit(0)
}
// Drained whole before the kill came; whoever kills counts only those it hit.
if (behind === 'durable') writeSync(1, 'e\n')
await pause(60_000)
