/**
 * One process a data directory. Whoever holds it listens on a socket in `lock/`: the kernel ends that with the process, however it
 * dies, and it holds across containers that share the directory on one machine, where process ids would not be comparable.
 */

import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { v4 as uuid } from 'uuid'
import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'

const Holder = z.object({ pid: z.int(), since: z.iso.datetime(), holding: z.boolean() })
export type Holder = z.infer<typeof Holder>

/** `unknown` is alive and does not say who it is. */
type Other = Holder | 'unknown'

/** Answers with the release. Throws `in_use`, naming the process, while another one lives. */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  mkdirSync(join(directory, 'lock'), { recursive: true, mode: 0o700 })
  for (let attempt = 1; ; attempt += 1) {
    const mine = await listen(directory)
    const other = await findOther(directory, mine.name)
    if (!other) {
      mine.self.holding = true
      return mine.close
    }
    await mine.close()
    // Two that begin at once see each other and both step back: one of them comes first the next time.
    const beginning = other !== 'unknown' && !other.holding
    if (!beginning || attempt === 20) throw inUse(directory, other)
    await sleep(20 + Math.random() * 80)
  }
}

/** Who has it now, if anybody. */
export async function directoryHolder(directory: string): Promise<Other | undefined> {
  return findOther(directory, undefined)
}

function inUse(directory: string, other: Other): Fault {
  const who = other === 'unknown' ? 'another process' : `process ${other.pid}, since ${other.since}`
  const way = 'Stop it first, or talk to it through its admin API; or set BAUTA_DATA to a directory of its own'
  return new Fault('in_use', `${directory} is in use by ${who}. ${way}.`)
}

interface Mine {
  readonly name: string
  readonly self: Holder
  close(): Promise<void>
}

/**
 * Visible to others before it looks for others: of any two, the later one sees the earlier. Renamed only when it listens, so that
 * nobody takes it for dead between the two.
 */
async function listen(directory: string): Promise<Mine> {
  const id = uuid()
  const [early, name] = [`${id}.new`, `${id}.sock`]
  const self: Holder = { pid: process.pid, since: new Date().toISOString(), holding: false }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(JSON.stringify(self))
  })
  await withinReach(directory, (path) => listening(server, path(early)))
  renameSync(join(directory, 'lock', early), join(directory, 'lock', name))
  server.unref()
  const close = async () => {
    rmSync(join(directory, 'lock', name), { force: true })
    await new Promise((resolve) => server.close(resolve))
  }
  return { name, self, close }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `the lock cannot listen in the data directory (${errorCode(cause)}): it must lie on a local file system`
      reject(new Fault('config_invalid', message, { cause }))
    })
    server.listen(path, resolve)
  })
}

async function findOther(directory: string, own: string | undefined): Promise<Other | undefined> {
  const folder = join(directory, 'lock')
  const names = readdirIfThere(folder).filter((name) => name.endsWith('.sock') && name !== own)
  if (names.length === 0) return undefined
  const others = await withinReach(directory, (path) =>
    Promise.all(
      names.map(async (name) => {
        const answer = await askSocket(path(name))
        // Its process is dead, and its name was its alone.
        if (answer === 'dead') rmSync(join(folder, name), { force: true })
        return answer
      }),
    ),
  )
  const alive = others.filter((other) => other !== 'dead')
  return alive.find((other) => other === 'unknown' || other.holding) ?? alive[0]
}

function askSocket(path: string): Promise<Other | 'dead'> {
  return new Promise((resolve) => {
    let said = ''
    const socket = connect(path)
    const settle = (answer: Other | 'dead') => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(2_000, () => settle('unknown'))
    socket.on('data', (chunk) => {
      said += chunk.toString()
    })
    socket.on('end', () => settle(readHolder(said)))
    // No one listens there any more. Whatever else goes wrong, somebody may be alive.
    socket.on('error', (error) => settle(/^(ECONNREFUSED|ENOENT)$/.test(errorCode(error)) ? 'dead' : 'unknown'))
  })
}

function readHolder(said: string): Other {
  try {
    return Holder.parse(JSON.parse(said))
  } catch {
    return 'unknown'
  }
}

/** A socket's path may have some hundred bytes and no more. Linux knows a short name for any open directory. */
async function withinReach<T>(directory: string, work: (path: (name: string) => string) => Promise<T>): Promise<T> {
  const folder = join(directory, 'lock')
  if (process.platform !== 'linux') return work((name) => join(folder, name))
  const open = openSync(folder, 'r')
  try {
    return await work((name) => `/proc/self/fd/${open}/${name}`)
  } finally {
    closeSync(open)
  }
}

function readdirIfThere(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
