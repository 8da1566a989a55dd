/**
 * PostgreSQL inside a worker thread, so that a slow statement blocks nobody's event loop. PGlite leaves out every fsync; here they
 * are put back: the engine runs with `fsync=on`, and its sync of a file reaches the disk. So a commit survives a power cut too.
 */

import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { PGlite } from '@electric-sql/pglite'
import { parsers } from '../sql/types.ts'

export interface PgliteWorkerData {
  /** `undefined` keeps all in memory, for tests. */
  readonly path: string | undefined
}

/** Without `sql`: close. */
export interface PgliteCall {
  readonly id: number
  readonly sql?: string
  readonly values?: readonly (string | null)[]
}

/** `state` is an SQLSTATE, `missing` a package that is not installed, `gone` an engine that will not answer again. */
export interface PgliteAnswer {
  readonly id: number
  readonly rows?: readonly unknown[]
  readonly state?: string
  readonly constraint?: string | undefined
  readonly missing?: true
  readonly gone?: string
}

const port = parentPort
if (!port) throw new Error('this is the inside of a worker')
const { path } = workerData as PgliteWorkerData

const engine = open()
engine.then(
  () => port.postMessage({ id: 0 } satisfies PgliteAnswer),
  (error: unknown) => port.postMessage({ id: 0, ...describe(error) } satisfies PgliteAnswer),
)
port.on('message', async (call: PgliteCall) => {
  port.postMessage(await answer(call))
})

async function answer({ id, sql, values = [] }: PgliteCall): Promise<PgliteAnswer> {
  try {
    const { pg, serializers } = await engine
    if (sql === undefined) {
      await pg.close()
      return { id }
    }
    const { rows } = await pg.query(sql, [...values], { serializers })
    return { id, rows }
  } catch (error) {
    return { id, ...describe(error) }
  }
}

async function open(): Promise<{ pg: PGlite; serializers: PGlite['serializers'] }> {
  const { PGlite } = await import('@electric-sql/pglite')
  const pg = path === undefined ? new PGlite({ parsers }) : await openDurable(PGlite, path)
  await pg.waitReady
  // Values come as text already, for every type there is.
  const serializers = Object.fromEntries(Object.keys(pg.serializers).map((oid) => [oid, String]))
  return { pg, serializers }
}

interface Emscripten {
  readonly NODEFS: { readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => number } }
}

async function openDurable(PGliteClass: typeof PGlite, directory: string): Promise<PGlite> {
  const { NodeFS } = await import('@electric-sql/pglite/nodefs')
  class SyncingFS extends NodeFS {
    override async init(...args: Parameters<InstanceType<typeof NodeFS>['init']>) {
      const made = await super.init(...args)
      const preRun = [...(made.emscriptenOpts.preRun ?? []), (module: unknown) => syncForReal(module as Emscripten)]
      return { ...made, emscriptenOpts: { ...made.emscriptenOpts, preRun } }
    }
  }
  const isNew = !existing(directory).includes('PG_VERSION')
  const startParams = PGliteClass.defaultStartParams.filter((parameter) => parameter !== '-F')
  // fdatasync and O_DSYNC do nothing in here; fsync is the way that syncForReal mends.
  startParams.push('-c', 'fsync=on', '-c', 'wal_sync_method=fsync')
  // How much of the log is kept for reuse after a checkpoint, not when there is one: see pglite-upkeep.ts.
  startParams.push('-c', 'min_wal_size=32MB', '-c', 'max_wal_size=64MB')
  const pg = new PGliteClass({ fs: new SyncingFS(directory), parsers, startParams })
  await pg.waitReady
  // The first files were written before the engine ran, without a sync.
  if (isNew) syncTree(directory)
  return pg
}

function syncForReal({ NODEFS }: Emscripten): void {
  NODEFS.stream_ops.fsync = ({ nfd }) => {
    try {
      fsyncSync(nfd)
      return 0
    } catch {
      return EIO
    }
  }
}

/** Its number inside the engine: WASI's, not the host's. */
const EIO = 29

function existing(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function syncTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const child = join(directory, entry.name)
    if (entry.isDirectory()) syncTree(child)
    else if (entry.isFile()) syncOne(child)
  }
  syncOne(directory)
}

function syncOne(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Its messages quote values, so only what names no value goes on. */
function describe(error: unknown): Omit<PgliteAnswer, 'id'> {
  const { code, name, constraint, severity } = error as Record<string, unknown>
  if (code === 'ERR_MODULE_NOT_FOUND') return { missing: true }
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) {
    // As a server it would start again by itself. In here it would never answer again.
    const ended = severity === 'PANIC' || severity === 'FATAL' ? { gone: code } : {}
    return { state: code, ...ended, constraint: typeof constraint === 'string' ? constraint : undefined }
  }
  return { gone: typeof code === 'string' ? code : String(name) }
}
