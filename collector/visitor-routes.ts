/** What a visitor may ask for with nothing but their own cookie: a link, what is known of them, to be forgotten, and what became of it. */

import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import type { Answer } from '../infra/listeners/answer.ts'
import { bandsKey, CachedBands } from '../schemas/bands-cache.ts'
import { LinkRequest } from '../schemas/event.ts'
import { Fault } from '../schemas/fault.ts'
import { ReceiptId } from '../schemas/ids.ts'
import { formatLinkToken, LINK_TOKEN_SECONDS, linkTokenAad } from '../schemas/link-token.ts'
import type { ReceiptState } from '../schemas/receipt.ts'
import { headersOf, parseBody, readJson } from './door/request.ts'
import { jsonAnswer, type Room } from './visits.ts'

/** Same answer, size and work whether or not a link may be made: one that may not leads to a pseudonym that nobody has. */
export function linkRoute({ visits, keys, cache, clock, limits, readable, slow }: Room) {
  return async (context: Context): Promise<Answer> => {
    const headers = headersOf(context)
    const { site: name } = parseBody(LinkRequest, await readJson(context, headers, slow))
    const { device, prefix, cookie } = await visits.receive(context, headers, name)
    if (Number.isFinite(limits.links) && !(await cache.take(`rate:link:${prefix}`, limits.links, 1)))
      throw new Fault('rate_limited', 'too many links at once; ask again in a second')
    const nobody = randomBytes(16).toString('hex')
    const p = device?.visitor.purposes.includes('P3') ? device.pseudonyms.p : nobody
    const nonce = randomBytes(16).toString('base64url')
    const bound = { site: name, nonce, expires: Math.floor(clock() / 1_000) + LINK_TOKEN_SECONDS }
    const sealed = await keys.link.seal(p, linkTokenAad(bound))
    return jsonAnswer(readable(headers('origin')), 200, { token: formatLinkToken({ ...bound, sealed }) }, cookie)
  }
}

export function profileRoute({ visits, cache, readable }: Room) {
  return async (context: Context): Promise<Answer> => {
    const headers = headersOf(context)
    const { site, device, language, cookie } = await visits.receive(context, headers, siteAsked(context))
    if (!site.profile)
      throw new Fault('forbidden', 'this site does not show profiles; see sites.<name>.profile in bauta.yaml')
    const { purposes = [], receipt = null } = device?.visitor ?? {}
    const cached =
      device && purposes.includes('P3') ? await cache.get(bandsKey(site.name, device.pseudonyms.p)) : undefined
    const bands = cached === undefined ? [] : CachedBands.parse(JSON.parse(cached))
    const interests = bands.map(({ id, band }) => {
      const names = site.interestNames[id]?.name ?? {}
      const shown = [language, ...site.languages].find((each) => names[each] !== undefined)
      return { id, name: (shown && names[shown]) ?? id, band }
    })
    return jsonAnswer(readable(headers('origin')), 200, { purposes, interests, receipt }, cookie)
  }
}

const RECEIPT_SECONDS = 30 * 86_400
const forgetting: ReceiptState = {
  state: 'accepted',
  steps: [
    { step: 'recorded', done: true },
    { step: 'deleted', done: false },
  ],
}

/** Also for cookies that count no more, and for each of several: what is behind them may still be there. */
export function forgetRoute({ visits, choices, cache, logger, readable }: Room) {
  return async (context: Context): Promise<Answer> => {
    const headers = headersOf(context)
    const { site } = await visits.receive(context, headers, siteAsked(context), { heed: false })
    const { receipt, some, cookie } = await choices.forget(site, headers('cookie'))
    // It is recorded already; without the cache its receipt is known a moment later, when the store has it.
    if (some)
      await cache
        .set(`receipt:${receipt}`, JSON.stringify(forgetting), RECEIPT_SECONDS)
        .catch((err) => logger.warn({ err }, 'a receipt will be known late'))
    return jsonAnswer(readable(headers('origin')), 202, { receipt }, cookie)
  }
}

/** Whoever holds a receipt may ask, from anywhere: it is random, and leads to nobody. */
export function receiptRoute({ visits, lookUpReceipt, cache, readable }: Room) {
  return async (context: Context): Promise<Answer> => {
    const headers = headersOf(context)
    await visits.countNetwork(context, headers)
    const { success, data: id } = ReceiptId.safeParse(context.req.param('id'))
    const known = success ? await lookUpReceipt(id) : undefined
    const cached = success && !known ? await cache.get(`receipt:${id}`) : undefined
    if (!known && cached === undefined)
      throw new Fault('not_found', 'there is no such receipt, or nothing was stored for it')
    return jsonAnswer(readable(headers('origin')), 200, known ?? JSON.parse(cached ?? 'null'))
  }
}

function siteAsked(context: Context): string {
  return context.req.query('site') ?? ''
}
