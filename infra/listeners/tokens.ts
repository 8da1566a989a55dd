/** Tokens of the admin API: signed (EdDSA), with a name, a role and an end. */

import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import { Role } from '../../schemas/role.ts'
import type { KeyBytes } from '../keys/handles.ts'
import type { Actor } from './admin-api.ts'

export interface TokenOrder {
  /** For the audit log; of a machine or a job, better than of a person. */
  readonly name: string
  readonly role: Role
  readonly days: number
}

/** Knows tokens by the public half of the key that signed them. */
export interface TokenVerifier {
  /** Throws `token_expired` or `unauthenticated`. */
  verify(token: string): Promise<Actor>
}

export interface Tokens extends TokenVerifier {
  issue(order: TokenOrder): Promise<{ readonly token: string; readonly id: string; readonly expires: string }>
}

const Claims = z.object({ sub: z.string(), role: Role, jti: z.string() })
const ISSUER = 'bauta'

export function tokensOf({ id, bytes }: KeyBytes, clock: () => number): Tokens {
  const privateKey = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
  return {
    ...tokenVerifier(createPublicKey(privateKey), clock),
    async issue({ name, role, days }) {
      const issued = Math.floor(clock() / 1_000)
      const expires = issued + days * 86_400
      const jti = randomUUID()
      const token = await new SignJWT({ role })
        .setProtectedHeader({ alg: 'EdDSA', kid: id })
        .setIssuer(ISSUER)
        .setSubject(name)
        .setJti(jti)
        .setIssuedAt(issued)
        .setExpirationTime(expires)
        .sign(privateKey)
      return { token, id: jti, expires: new Date(expires * 1_000).toISOString() }
    },
  }
}

export function tokenVerifier(publicKey: KeyObject, clock: () => number): TokenVerifier {
  return {
    async verify(token) {
      try {
        const options = { issuer: ISSUER, algorithms: ['EdDSA'], currentDate: new Date(clock()) }
        const { payload } = await jwtVerify(token, publicKey, options)
        const { sub, role } = Claims.parse(payload)
        return { name: sub, role }
      } catch (error) {
        if (error instanceof errors.JWTExpired)
          throw new Fault(
            'token_expired',
            'the token has expired; get another with: bauta token issue --role ROLE --name NAME',
          )
        throw new Fault('unauthenticated', 'the token is not one of this installation')
      }
    },
  }
}
