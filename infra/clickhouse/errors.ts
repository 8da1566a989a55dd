/** What may be said of a ClickHouse's errors, and whether asking again may help: the engine's, the way's to it, and those of whoever stands between. */

import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'

/** The engine gave out, or one of its replicas: the same question may be answered later. */
const ofEngine = [
  ...['TIMEOUT_EXCEEDED', 'MEMORY_LIMIT_EXCEEDED', 'NETWORK_ERROR', 'SOCKET_TIMEOUT', 'TOO_MANY_PARTS'],
  ...['TOO_MANY_SIMULTANEOUS_QUERIES', 'SERVER_OVERLOADED', 'ABORTED', 'QUERY_WAS_CANCELLED'],
  ...['KEEPER_EXCEPTION', 'NO_ZOOKEEPER', 'TABLE_IS_READ_ONLY', 'ALL_CONNECTION_TRIES_FAILED', 'UNFINISHED'],
  ...['TOO_FEW_LIVE_REPLICAS', 'UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE', 'REPLICA_IS_NOT_IN_QUORUM'],
  ...['UNKNOWN_STATUS_OF_INSERT', 'TIMEOUT_EXCEEDED', 'DEADLOCK_AVOIDED', 'CANNOT_SCHEDULE_TASK'],
]
/** The way to it broke: whether it heard the question is not known, but it is back at once more often than not. */
const ofWay = [
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ERR_STREAM_PREMATURE_CLOSE', 'Z_BUF_ERROR', 'Z_DATA_ERROR', 'HPE_INVALID_EOF_STATE', 'cut short'],
  ...['HTTP_429', 'HTTP_502', 'HTTP_503', 'HTTP_504'],
]
const brokenWay = new Set(ofWay)
const passing = new Set([...ofEngine, ...ofWay, 'ETIMEDOUT', 'Timeout error.'])

const ofLogin = ['AUTHENTICATION_FAILED', 'REQUIRED_PASSWORD', 'WRONG_PASSWORD', 'UNKNOWN_USER', 'HTTP_401', 'HTTP_403']
const refused = new Set(ofLogin)
/** OpenSSL's words, and Node's for a name that the certificate does not have. */
const ofCertificate = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|^EPROTO$|^ERR_(TLS|SSL)/

/** By shape, because each engine's package has a ClickHouseError of its own. Only what the engine says has a type. */
const EngineError = z.object({ type: z.string().optional(), code: z.string().optional(), message: z.string() })

/** The answer is not whole. */
export class CutShort extends Error {
  readonly code = 'cut short'
}

/** Lets nothing of what the engine says through but the type of its error. */
export async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Fault) throw error
    const { type, code, message } = EngineError.parse(error)
    const reason = type ?? code ?? message
    if (type === 'NOT_ENOUGH_SPACE' || (type && message.includes('errno: 28,')))
      throw new Fault('disk_full', 'the disk of the store is full: free some space, nothing acknowledged is lost')
    if (passing.has(reason)) throw new Fault('store_down', `${what}: ${reason}`, { cause: reason })
    throw configFault(reason) ?? new Error(`${what}: ${quiet(error, type, code)}`)
  }
}

/** Its own words quote parameters and rows, pseudonyms among them, and those of a proxy the address, so a name is all that goes on. */
function quiet(error: unknown, type: string | undefined, code: string | undefined): string {
  return type ?? code ?? (error instanceof Error ? error.name : typeof error)
}

function configFault(reason: string): Fault | undefined {
  if (refused.has(reason))
    return new Fault(
      'config_invalid',
      `the store does not let this process in (${reason}): look at CLICKHOUSE_USER and CLICKHOUSE_PASSWORD`,
    )
  if (reason === 'ACCESS_DENIED')
    return new Fault('config_invalid', 'the store refuses a statement: CLICKHOUSE_USER lacks a grant of its service')
  if (ofCertificate.test(reason))
    return new Fault(
      'config_invalid',
      `the certificate behind CLICKHOUSE_URL is not trusted (${reason}): name who signed it in NODE_EXTRA_CA_CERTS`,
    )
  if (/^HTTP_\d+$/.test(reason))
    return new Fault('config_invalid', `CLICKHOUSE_URL leads to something that is no ClickHouse: it answers ${reason}`)
  return undefined
}

/** The same again, a few times at once, where only the way broke: for what may be said twice. A longer absence is the caller's matter. */
export async function persist<T>(tries: number, work: () => Promise<T>): Promise<T> {
  for (let left = tries - 1; ; left--) {
    try {
      return await work()
    } catch (error) {
      const again = error instanceof Fault && error.code === 'store_down' && brokenWay.has(String(error.cause))
      if (!again || left <= 0) throw error
    }
    await pause(50 + Math.random() * 150)
  }
}
