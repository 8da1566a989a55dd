/** ClickHouse inside this process, by chdb. It holds one data directory a process: open it once. */

import { type ClickHouseClientConfigOptions, createClient } from '@clickhouse/client'
import { Fault } from '../../schemas/fault.ts'
import { everyStatement } from '../clickhouse/settings.ts'
import type { Connections } from '../clickhouse/store.ts'

type Connection = NonNullable<ClickHouseClientConfigOptions['connection']>

const missing =
  'The embedded store needs the optional package chdb, which runs on Linux with glibc (x64, arm64) and on macOS. ' +
  'Install it there with `npm install --include=optional`, or run the container image, which brings it along.'

/** Throws `engine_missing` where the library is not installed or cannot be loaded. */
export async function openChdb(path: string, load = () => import('chdb/connection')): Promise<Connections> {
  try {
    // Late, because the library is half a gigabyte and not on every machine.
    const { createChdbConnection } = await load()
    const open = () => {
      // Two packages declare the same interface; the shapes agree, their private fields do not.
      const connection = createChdbConnection({ path }) as unknown as Connection
      return createClient({ connection, clickhouse_settings: everyStatement })
    }
    // After a question that failed, the next answer begins with what was left of that one's: it is no list, so it is asked again.
    return { admin: lasting(open()), asking: open(), appending: open(), watching: open(), tries: 2 }
  } catch (cause) {
    if (cause instanceof Error && notHere.test(`${cause.name} ${cause.message}`))
      throw new Fault('engine_missing', missing, { cause })
    throw cause
  }
}

/** A command that nobody waits for any longer goes on in this process, so it ends before the directory may be another's. */
function lasting(client: Connections['admin']): Connections['admin'] {
  const underWay = new Set<Promise<unknown>>()
  return {
    command(params) {
      const command = client.command(params)
      underWay.add(command)
      const over = () => underWay.delete(command)
      command.then(over, over)
      return command
    },
    async close() {
      await Promise.allSettled(underWay)
      await client.close()
    },
  }
}

const notHere = /Cannot find (package|module)|ChdbPlatformUnsupported|ChdbBinaryVersionMismatch/
