/** How a command reaches the admin API: of the instance that runs, or of one opened in this process under the same lock. */

import type { Settings } from '../../infra/process/environment.ts'
import { readRunFile } from '../../infra/process/run-file.ts'
import { Fault, faultOf } from '../../schemas/fault.ts'

export interface Client {
  /** The answer's JSON. A refusal is thrown as the fault it was. */
  call(method: string, path: string, body?: unknown): Promise<unknown>
  /** Sends a file as it is, and says how far it is. */
  upload(path: string, body: ReadableStream<Uint8Array>, headers: Readonly<Record<string, string>>): Promise<unknown>
  close(): Promise<void>
}

export interface Offline {
  readonly fetch: (request: Request) => Response | Promise<Response>
  readonly localToken: string
  close(): Promise<void>
}

/** `open` is called when none runs; it holds the directory's lock until the client is closed. */
export async function connect(settings: Settings, open: () => Promise<Offline>): Promise<Client> {
  if (settings.remote) return clientOf(settings.remote, fetch, async () => {})
  const running = readRunFile(settings.dataDir)
  if (running) return clientOf(running, fetch, async () => {})
  const offline = await open()
  const local = { url: 'http://bauta.invalid', token: offline.localToken }
  return clientOf(
    local,
    async (request) => offline.fetch(request),
    () => offline.close(),
  )
}

function clientOf(
  to: { url: string; token: string },
  send: (request: Request) => Promise<Response>,
  close: Client['close'],
): Client {
  async function request(path: string, init: RequestInit): Promise<unknown> {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${to.token}` }
    const [answer, text] = await send(new Request(`${to.url}/api/v1${path}`, { ...init, headers }))
      .then(async (began) => [began, await began.text()] as const)
      .catch((cause) => {
        throw new Fault('conflict', `the instance at ${to.url} does not answer; is it still running?`, { cause })
      })
    const value = text === '' ? undefined : jsonOf(text)
    if (answer.ok) return value
    throw faultOf(value) ?? new Error(`the instance answered ${answer.status}`)
  }
  function jsonOf(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw new Fault('conflict', `what answers at ${to.url} is no instance of Bauta; check BAUTA_URL`, { cause })
    }
  }
  return {
    call(method, path, body) {
      if (body === undefined) return request(path, { method })
      return request(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
    },
    upload: (path, body, headers) => request(path, { method: 'POST', body, headers, duplex: 'half' } as RequestInit),
    close,
  }
}
