/** Reads requests: headers without building objects for them, bodies with an end to patience. Raw input stays in here. */

import { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Context } from 'hono'
import type * as z from 'zod'
import { MAX_BODY_BYTES, MAX_INFLATED_BYTES } from '../../schemas/event.ts'
import { Fault } from '../../schemas/fault.ts'
import { clientPrefix } from './address.ts'

export type Headers = (name: string) => string | undefined

/** A request as a socket brings it, or as an app does. */
export type Asked = IncomingMessage | Context

/** The socket's own request; absent only where an app is asked without one. */
function incomingOf(asked: Asked): IncomingMessage | undefined {
  if (asked instanceof IncomingMessage) return asked
  return (asked.env as { readonly incoming?: IncomingMessage } | undefined)?.incoming
}

export function headersOf(asked: Asked): Headers {
  const incoming = incomingOf(asked)
  if (!incoming) return (name) => (asked as Context).req.raw.headers.get(name) ?? undefined
  const { headers } = incoming
  return (name) => {
    const value = headers[name]
    return typeof value === 'string' ? value : value?.[0]
  }
}

/** The network that a request comes from: all that is left of the address. */
export type NetworkOf = (asked: Asked, headers: Headers) => string

export function networkReader(clientAddressHeader: string | undefined): NetworkOf {
  return (asked, headers) => {
    const forwarded = clientAddressHeader === undefined ? undefined : (headers(clientAddressHeader) ?? '')
    return clientPrefix(incomingOf(asked)?.socket.remoteAddress ?? '', forwarded)
  }
}

/** As it was asked for, without the query. */
export function pathOf({ url = '' }: IncomingMessage): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

/** What a body may come to, in bytes. One of unknown length may be as long as any. */
export function weightOf({ method, headers }: IncomingMessage): number {
  if (method === 'GET' || method === 'OPTIONS') return 0
  if (headers['content-encoding'] !== undefined) return MAX_INFLATED_BYTES
  const length = Number(headers['content-length'])
  return Number.isFinite(length) ? length : MAX_BODY_BYTES
}

/** Room for those whose bodies did not come with their headers. */
export interface SlowBodies {
  /** How long one may pause before it is given up, in milliseconds. */
  readonly pauseMs: number
  /** A place, until what is answered is called. Throws `overloaded` where there is none. */
  take(incoming: IncomingMessage, headers: Headers): () => void
}

/** JSON, also as text/plain so that a beacon needs no preflight. */
export async function readJson(asked: Asked, headers: Headers, slow: SlowBodies): Promise<unknown> {
  const type = headers('content-type') ?? ''
  if (!/^(?:application\/json|text\/plain)\s*(?:;|$)/i.test(type))
    throw new Fault('unsupported_media', 'send JSON, as application/json or text/plain')
  return parseJson(await readText(asked, headers, slow))
}

/** Every string in it is well formed: half a character, which only an escape can bring, would break whatever encodes it later. */
export function parseJson(text: string): unknown {
  try {
    return /\\ud[89a-f]/i.test(text) ? JSON.parse(text, wellFormed) : JSON.parse(text)
  } catch {
    throw new Fault('invalid', 'the body is not readable as JSON')
  }
}

function wellFormed(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value
}

async function readText(asked: Asked, headers: Headers, slow: SlowBodies): Promise<string> {
  if (Number(headers('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  const incoming = incomingOf(asked)
  const body = incoming
    ? await readIncoming(incoming, headers, slow)
    : Buffer.from(await (asked as Context).req.arrayBuffer())
  if (body.length > MAX_BODY_BYTES) throw tooLarge()
  const encoding = headers('content-encoding') ?? 'identity'
  if (encoding === 'identity') return body.toString('utf8')
  if (encoding !== 'gzip') throw new Fault('unsupported_media', 'of content encodings only gzip is taken')
  return (await inflate(body)).toString('utf8')
}

const tooLarge = () =>
  new Fault('too_large', `a body may have ${MAX_BODY_BYTES} bytes, and ${MAX_INFLATED_BYTES} inflated`)

/** Most bodies come with their headers and are there at once; for them nothing is set up that only those who wait need. */
async function readIncoming(incoming: IncomingMessage, headers: Headers, slow: SlowBodies): Promise<Buffer> {
  // The parser is at the headers; with this it has gone on as far as its bytes go.
  await undefined
  if (!(Number(incoming.headers['content-length']) <= incoming.readableLength)) {
    const release = slow.take(incoming, headers)
    return awaitIncoming(incoming, slow.pauseMs).finally(release)
  }
  const body: Buffer | null = incoming.read()
  // To its end, which the next request on this connection waits for.
  incoming.resume()
  return body ?? Buffer.alloc(0)
}

/** From the stream itself: no more than the limit is ever held, and no pause is waited out that is longer than `pauseMs`. */
function awaitIncoming(incoming: IncomingMessage, pauseMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const timer = setTimeout(() => reject(tooSlow()), pauseMs)
    const fail = (fault: () => Fault) => {
      clearTimeout(timer)
      reject(fault())
    }
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BODY_BYTES) return fail(tooLarge)
      timer.refresh()
      chunks.push(chunk)
    })
    incoming.on('end', () => {
      clearTimeout(timer)
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
      // The request lives until it is answered, and these listeners with it.
      chunks.length = 0
    })
    incoming.on('error', () => fail(cutOff))
    // Comes after every request, so it must cost nothing where all went well.
    incoming.on('close', () => incoming.readableEnded || fail(cutOff))
  })
}

const tooSlow = () => new Fault('slow_client', 'the body paused for too long')
const cutOff = () => new Fault('slow_client', 'the body did not come to its end')

const inflateGzip = promisify(gunzip)

async function inflate(body: Buffer): Promise<Buffer> {
  try {
    return await inflateGzip(body, { maxOutputLength: MAX_INFLATED_BYTES })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new Fault('invalid', 'the body is not readable as gzip')
  }
}

/** Names the fields that are wrong, and quotes nothing: names that the client made up stay out too. */
export function parseBody<S extends z.ZodObject>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(
    ({ path: [field], code }) => `${field === undefined ? 'body' : String(field)}: ${code}`,
  )
  throw new Fault('invalid', `the body is not what this address takes (${[...new Set(fields)].join(', ')})`)
}
