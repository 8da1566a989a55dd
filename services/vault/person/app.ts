/**
 * The person listener: sign-up, confirmation, one-click unsubscribing, preferences. A GET changes nothing, because scanners follow links.
 * What somebody without a mail's link may ask is answered the same way for every address.
 */

import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { requestId } from '../../../infra/listeners/http.ts'
import { failing } from '../../../infra/listeners/readiness.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { ContactRef } from '../../../schemas/ids.ts'
import { noticeOf } from '../evidence.ts'
import { readAddress } from '../imports/values.ts'
import type { PostOffice } from '../mails/post-office.ts'
import { type Html, pageHeaders } from '../pages/layout.ts'
import {
  askPage,
  confirmPage,
  notePage,
  notePageWithPreferences,
  preferencesPage,
  type Reader,
  unsubscribePage,
} from '../pages/person-pages.ts'
import { languageOf } from '../pages/words.ts'
import type { PersonDeps } from '../person-deps.ts'
import { readPageTokenRow, readPending } from '../queries/pending.ts'
import { withdraw } from '../say.ts'
import { confirmSignUp, isOpen, requestSignUp } from '../sign-up.ts'
import { type Page, readPageToken } from '../tokens.ts'
import { clientIp, type PersonEnv } from './client-ip.ts'
import { act, acts, readPreferences } from './preferences.ts'
import { type RateLimit, rateLimiter } from './rate.ts'
import { readSignUpForm } from './sign-up-form.ts'

export interface PersonAppDeps extends PersonDeps {
  readonly postOffice: PostOffice
  /** Of the one trusted proxy, if there is one. */
  readonly clientAddressHeader?: string | undefined
  /** Of forms that need no token, a network. */
  readonly limit?: RateLimit | undefined
}

type Ctx = Context<PersonEnv>

const MAX_FORM_BYTES = 16_384

export function createPersonApp(deps: PersonAppDeps): Hono<PersonEnv> {
  const { vault, links, keys, config, clock, log, postOffice } = deps
  const app = new Hono<PersonEnv>()
  const mayAsk = rateLimiter(deps.limit ?? { times: 30, windowMs: 600_000 }, clock)
  const ipOf = (context: Ctx) => clientIp(context, deps.clientAddressHeader)
  const reader = (context: Ctx, ...wishes: readonly (string | undefined)[]): Reader => ({
    language: languageOf(...wishes, context.req.query('lang'), context.req.header('accept-language')),
    house: config.mail.name,
  })
  const answer = async (context: Ctx, page: Html, status: 200 | 400 | 403 | 404 | 410 | 413 | 429 | 500 | 503 = 200) =>
    context.html(await page, status)
  const gone = (context: Ctx, ...wishes: readonly (string | undefined)[]) =>
    answer(context, notePageWithPreferences(reader(context, ...wishes), 'gone', 'goneText', 'signUpAgain'), 410)
  const tooMany = (context: Ctx) => answer(context, notePage(reader(context), 'tooMany', 'tooManyText'), 429)

  app.use(requestId)
  app.use(async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(pageHeaders)) context.header(name, value)
  })
  app.use(
    bodyLimit({
      maxSize: MAX_FORM_BYTES,
      onError: () => {
        throw new Fault('too_large', 'the form is too large')
      },
    }),
  )
  app.notFound((context) => answer(context, notePage(reader(context), 'nowhere'), 404))
  app.onError((error, context) => {
    const fault = error instanceof Fault ? error : undefined
    if (!fault)
      log.error({ err: error, requestId: context.get('requestId'), method: context.req.method }, 'request failed')
    if (fault && fault.status < 500) return answer(context, notePage(reader(context), 'wrong', 'wrongText'), 400)
    context.header('Retry-After', '60')
    return answer(context, notePage(reader(context), 'wrong', 'failed'), fault ? 503 : 500)
  })

  app.get('/healthz', (context) => context.text('ok'))
  app.get('/readyz', async (context) => {
    const down = await failing({ vault: vault.healthy, links: links.healthy })
    return down.length === 0 ? context.text('ready') : context.json({ failing: down }, 503)
  })
  app.get('/robots.txt', (context) => context.text('User-agent: *\nDisallow: /\n'))
  app.get('/', (context) => context.redirect('/preferences'))

  app.post('/subscribe', async (context) => {
    const origin = context.req.header('origin') ?? ''
    if (!config.person.formOrigins.includes(origin))
      return answer(context, notePage(reader(context), 'wrong', 'wrongText'), 403)
    context.header('Access-Control-Allow-Origin', origin)
    context.header('Vary', 'Origin')
    const ip = ipOf(context)
    if (!mayAsk(ip)) return tooMany(context)
    const form = await context.req.parseBody({ all: true })
    const signUp = readSignUpForm(config, form, origin)
    const wish = typeof form.language === 'string' ? form.language : undefined
    if (typeof signUp === 'string') return answer(context, notePage(reader(context, wish), 'wrong', signUp), 400)
    await requestSignUp(deps, { ...signUp, ip })
    postOffice.signUps()
    return answer(context, notePage(reader(context, wish), 'checkMail', 'checkMailText'))
  })

  app.get('/confirm', async (context) => {
    const token = context.req.query('token') ?? ''
    const id = readPageToken(keys.pages, 'confirm', token, clock())
    const [pending] = id === undefined ? [] : await vault.run(readPending, { id })
    if (!pending || !isOpen(pending, clock())) return gone(context)
    const who = reader(context, pending.language)
    if (pending.confirmed_at !== null)
      return answer(context, notePageWithPreferences(who, 'confirmedAgain', 'confirmedText'))
    const text = noticeOf(config, pending.notice)?.notice.text[pending.language] ?? ''
    return answer(context, confirmPage(who, token, linesFor(text, pending.purposes)))
  })

  app.post('/confirm', async (context) => {
    const id = readPageToken(keys.pages, 'confirm', await tokenOf(context), clock())
    if (id === undefined) return gone(context)
    const outcome = await confirmSignUp(deps, id, ipOf(context))
    if (outcome.state === 'gone') return gone(context)
    if (outcome.state === 'confirmed') postOffice.welcome(outcome.contact, outcome.pending)
    const title = outcome.state === 'confirmed' ? 'confirmed' : 'confirmedAgain'
    return answer(context, notePageWithPreferences(reader(context, outcome.pending.language), title, 'confirmedText'))
  })

  app.get('/unsubscribe', async (context) => {
    const token = context.req.query('token') ?? ''
    return (await contactOf('unsubscribe', token))
      ? answer(context, unsubscribePage(reader(context), token))
      : gone(context)
  })

  // RFC 8058: mail programs post here with the token in the query, without cookies, and want a 2xx.
  app.post('/unsubscribe', async (context) => {
    const contact = await contactOf('unsubscribe', await tokenOf(context))
    if (!contact) return gone(context)
    await withdraw(deps, contact, 'P5', 'one_click')
    return answer(context, notePageWithPreferences(reader(context), 'unsubscribed', 'unsubscribedText'))
  })

  app.get('/preferences', async (context) => {
    const token = context.req.query('token')
    if (token === undefined) return answer(context, askPage(reader(context)))
    const contact = await contactOf('preferences', token)
    return contact ? showPreferences(context, contact, token, false) : gone(context)
  })

  app.post('/preferences', async (context) => {
    const form = await context.req.parseBody()
    const token = typeof form.token === 'string' ? form.token : undefined
    const wish = typeof form.language === 'string' ? form.language : undefined
    if (token === undefined) {
      if (!mayAsk(ipOf(context))) return tooMany(context)
      const address = readAddress(typeof form.email === 'string' ? form.email : '')
      const who = reader(context, wish)
      if (!address) return answer(context, notePage(who, 'wrong', 'wrongAddress'), 400)
      postOffice.preferences(address.key, who.language)
      return answer(context, notePage(who, 'checkMail', 'linkSentText'))
    }
    const contact = await contactOf('preferences', token)
    if (!contact) return gone(context, wish)
    const wanted = acts.find((each) => each === form.act)
    if (!wanted) throw new Fault('invalid', 'no such act')
    await act(deps, contact, wanted, reader(context, wish).language, ipOf(context))
    return showPreferences(context, contact, token, true, wish)
  })

  async function showPreferences(context: Ctx, contact: ContactRef, token: string, saved: boolean, wish?: string) {
    const who = reader(context, wish)
    const { facts, mergeNotice } = await readPreferences(deps, contact, who.language)
    const words = mergeNotice && linesFor(mergeNotice.text, ['P4'])
    return answer(context, preferencesPage(who, { token, facts, mergeNotice: words, saved }))
  }

  async function contactOf(page: Page, token: string): Promise<ContactRef | undefined> {
    const id = readPageToken(keys.pages, page, token, clock())
    return id === undefined ? undefined : (await vault.run(readPageTokenRow, { id, page }))[0]?.contact
  }
  return app
}

async function tokenOf(context: Ctx): Promise<string> {
  const { token } = await context.req.parseBody()
  return typeof token === 'string' ? token : (context.req.query('token') ?? '')
}

/** A notice has a line for each purpose; of those only what was chosen is shown. */
function linesFor(text: string, purposes: readonly string[]): string {
  return text
    .trim()
    .split('\n')
    .filter((line) => !/^P[1-6] /.test(line) || purposes.includes(line.slice(0, 2)))
    .map((line) => line.replace(/^P[1-6] /, ''))
    .join('\n')
}
