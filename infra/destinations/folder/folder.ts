/**
 * A destination that is a folder: one CSV a run with a manifest beside it. Batches wait as parts, and the file appears at once, at the end,
 * after a last look at who has withdrawn.
 */

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import type { Batch, MemberRow, RunManifest } from '../../../schemas/audience.ts'
import { Fault } from '../../../schemas/fault.ts'
import { writeDurably } from '../../durable-file.ts'
import type { Destination, Shipment } from '../../ports/destination.ts'
import { expireFiles } from './expire-files.ts'
import { inTurn } from './in-turn.ts'

export interface FolderOptions {
  readonly name: string
  /** Holds a folder for each audience. */
  readonly root: string
  readonly recipient: Destination['recipient']
  readonly fields: readonly string[]
}

/** Of one run. */
type Files = Pick<Shipment, 'audience' | 'run'>

const BATCH = 5_000
const MODE = 0o600

export function folderDestination({ name, root, recipient, fields }: FolderOptions): Destination {
  const pathOf = ({ audience, run }: Files, ending: string) => join(root, audience, `${run}${ending}`)
  const partsOf = (shipment: Files) => pathOf(shipment, '.parts')

  /**
   * One at a time with the files of an audience: of two that read a file, the later one would write back whom the earlier took out. After
   * its last look at the signal it awaits nothing before it writes.
   */
  async function inAudience(shipment: Shipment, work: () => Promise<void>): Promise<void> {
    try {
      await inTurn(join(root, `${shipment.audience}.lock`), shipment, work)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      throw new Fault('disk_full', `the disk of ${root} is full; make room, then: bauta export retry RUN`, {
        cause: error,
      })
    }
  }

  const write = (file: string, content: string) => writeDurably(file, content, MODE)

  /** Rows of all parts in the order of their batches, without those who were taken off again. */
  async function readParts(shipment: Shipment): Promise<MemberRow[]> {
    const folder = partsOf(shipment)
    const names = await readdir(folder).catch(() => [])
    const batches = await Promise.all(
      names
        .filter((each) => each.endsWith('.json'))
        .sort()
        .map(async (each) => JSON.parse(await readFile(join(folder, each), 'utf8')) as Batch),
    )
    const removed = new Set(batches.flatMap((batch) => (batch.op === 'remove' ? batch.people.map(({ id }) => id) : [])))
    return batches.flatMap((batch) => (batch.op === 'upsert' ? batch.people.filter(({ id }) => !removed.has(id)) : []))
  }

  function csvOf(rows: readonly MemberRow[]): string {
    const columns = ['id', ...(recipient === 'address' ? ['email'] : []), 'interests', ...fields]
    const records = rows.map(({ id, address, interests, fields: values }) => ({
      id,
      email: address,
      interests: interests.map(({ interest, band }) => `${interest}:${band}`).join('|'),
      ...values,
    }))
    // A cell that begins like a formula would be one in a spreadsheet.
    return stringify(records, { header: true, columns, escape_formulas: true })
  }

  return {
    name,
    recipient,
    batchSize: BATCH,
    async check() {
      await mkdir(root, { recursive: true, mode: 0o700 }).catch((cause) => {
        throw new Fault('destination_down', `the folder ${root} cannot be made or written`, { cause })
      })
    },

    async deliver(shipment, number, batch) {
      const part = join(partsOf(shipment), `${String(number).padStart(6, '0')}.${batch.op}.json`)
      try {
        await inAudience(shipment, async () => {
          const waiting = (await readdir(partsOf(shipment)).catch(() => [])).length > 0
          if (batch.op === 'remove') await recall(shipment, new Set(batch.people.map(({ id }) => id)))
          shipment.signal.throwIfAborted()
          if (batch.op === 'upsert' || waiting) write(part, JSON.stringify(batch))
        })
      } catch (error) {
        if (shipment.signal.aborted) return 'unknown'
        throw error
      }
      return batch.people.map(() => 'accepted' as const)
    },

    finish: (shipment, manifest, lastLook) => inAudience(shipment, () => end(shipment, manifest, lastLook)),
    expire: (before, keptRuns, signal) => expireFiles({ root, before, keptRuns, signal }),
  }

  async function end(shipment: Shipment, manifest: RunManifest, lastLook: () => Promise<ReadonlySet<string>>) {
    const gone = pathOf(shipment, '.gone')
    // Ended before it was written down that it had: the file is out, and made again of no parts it would be empty.
    if (!existsSync(partsOf(shipment)) && existsSync(pathOf(shipment, '.csv'))) {
      await recall(shipment, await lastLook())
      return rm(gone, { recursive: true, force: true })
    }
    const rows = await readParts(shipment)
    for (let ended = await lastLook(); ; ) {
      const left = rows.filter(({ id }) => !ended.has(id))
      const csv = csvOf(left)
      // Nothing is awaited between this look and the rename, so whoever is not named by it withdrew later.
      ended = await lastLook()
      if (left.some(({ id }) => ended.has(id))) continue
      shipment.signal.throwIfAborted()
      writeFile(shipment, manifest, csv, left.length)
      break
    }
    // At once, as half of the parts would make half a file.
    if (existsSync(partsOf(shipment))) await rename(partsOf(shipment), gone)
    await rm(gone, { recursive: true, force: true })
  }

  /** Files of this audience that are out are written again without them, and a second file names them for whoever has read the first. */
  async function recall(shipment: Shipment, gone: ReadonlySet<string>) {
    const names = await readdir(join(root, shipment.audience)).catch(() => [])
    for (const run of names.flatMap((name) => /^([^.]+)\.csv$/.exec(name)?.[1] ?? [])) {
      const earlier = { audience: shipment.audience, run }
      const [header = [], ...lines] = parse(await readFile(pathOf(earlier, '.csv'), 'utf8')) as string[][]
      const named = lines.flatMap(([id = '']) => (gone.has(id) ? [id] : []))
      if (named.length === 0) continue
      const told = await readFile(pathOf(earlier, '.recall.csv'), 'utf8').catch(() => 'id\n')
      const manifest = JSON.parse(await readFile(pathOf(earlier, '.json'), 'utf8')) as RunManifest
      shipment.signal.throwIfAborted()
      write(
        pathOf(earlier, '.recall.csv'),
        `id\n${[...new Set([...told.split('\n').slice(1).filter(Boolean), ...named])].sort().join('\n')}\n`,
      )
      const left = lines.filter(([id = '']) => !gone.has(id))
      writeFile(earlier, manifest, stringify([header, ...left]), left.length)
    }
  }

  /** The file last: whoever is killed before it finds it as it was, and does all again. Nor is there ever one without a manifest. */
  function writeFile(files: Files, manifest: RunManifest, csv: string, rows: number) {
    const sha256 = createHash('sha256').update(csv).digest('hex')
    write(
      pathOf(files, '.json'),
      `${JSON.stringify({ ...manifest, file: `${files.run}.csv`, sha256, rows }, null, 2)}\n`,
    )
    write(pathOf(files, '.csv'), csv)
  }
}
