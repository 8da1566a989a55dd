/** The address a person comes from, for the proof of a double opt-in and for rates; never logged. */

import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import ipaddr from 'ipaddr.js'
import type { RequestVariables } from '../../../infra/listeners/http.ts'

export interface PersonEnv {
  Bindings: Partial<HttpBindings>
  Variables: RequestVariables
}

/** Of the socket, or as the one trusted proxy appended it: everything before the last comma is hearsay. `''` for whatever is no address. */
export function clientIp(context: Context<PersonEnv>, header: string | undefined): string {
  const forwarded = header === undefined ? undefined : context.req.header(header)
  const socket = context.env?.incoming?.socket.remoteAddress
  const address = forwarded?.slice(forwarded.lastIndexOf(',') + 1).trim() ?? socket ?? ''
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : ''
}
