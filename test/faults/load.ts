/** Visitors of one round: they say what they do, again and again until somebody confirms it, and now and then once more after that. */

import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { v4 } from 'uuid'
import type { Chance } from './chance.ts'
import { type Act, type Ledger, type Purposes, type Visitor, wordOf } from './ledger.ts'

export const SITE = 'demo'
const ORIGIN = 'http://www.site.example'
const ANSWER_MS = 2_500
const BATCH = 5
const AGAIN_MS = 150
/** Of a hundred requests: acknowledged ones that are sent again, and those that are never sent again, whatever became of them. */
const REPEATED = 1
const ABANDONED = 5

const granted: Readonly<Record<Exclude<Purposes, 'none'>, readonly string[]>> = {
  all: ['P1', 'P2', 'P3'],
  counted: ['P1', 'P2'],
  profiled: ['P1', 'P3'],
}
const crowd: readonly Purposes[] = [...Array<Purposes>(9).fill('all'), 'counted', 'profiled', 'none']
const learnt = ['solar', 'garden', 'kitchen', 'mobility']
const types = ['page_view', 'page_view', 'page_view', 'page_view', 'product_view', 'download', 'purchase']

export interface Load {
  /** Resolves when so many more requests were acknowledged, or rejects when that takes too long. */
  acknowledged(more: number, withinMs: number): Promise<void>
  /** Begins nothing new, and resolves when nothing is owed to anyone; rejects when that takes too long. */
  finish(withinMs: number): Promise<void>
}

export interface LoadOptions {
  readonly web: string
  readonly ledger: Ledger
  readonly chance: Chance
  /** Between two requests of one visitor. */
  readonly restMs: number
}

export async function startLoad({ web, ledger, chance, restMs }: LoadOptions): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const ends = { stopping: false, broken: false }
  let number = 0
  const answers = () => ledger.requests.filter(({ answered }) => answered).length

  const post = (path: string, body: object, cookie: string) => send({ agent, url: `${web}${path}`, body, cookie })

  async function settle(purposes: Purposes): Promise<Visitor> {
    if (purposes === 'none') return { purposes, cookie: '', receipt: undefined }
    const body = { site: SITE, notice: 'site-1', lang: 'en', purposes: granted[purposes], method: 'banner' }
    for (;;) {
      if (ends.broken) throw new Error('no consent was ever confirmed')
      const answer = await post('/v1/consent', body, '').catch(() => undefined)
      const { receipt } = (answer?.status === 200 ? answer.json : {}) as { receipt?: string }
      const [cookie] = answer?.cookie.split(';') ?? []
      if (receipt && cookie) return { purposes, cookie, receipt }
      await pause(AGAIN_MS)
    }
  }

  function acts(visitor: Visitor, abandoned: boolean): Act[] {
    return Array.from({ length: BATCH }, () => {
      number += 1
      const type = abandoned ? 'page_view' : chance.pick(types)
      const part = abandoned ? 'plain' : chance.pick(learnt)
      const path = `/${part}/${wordOf(ledger.round, 2)}/${wordOf(number)}`
      return { id: v4(), type, path, visitor, fate: 'open' }
    })
  }

  async function say(visitor: Visitor, said: readonly Act[]): Promise<boolean> {
    const now = Date.now()
    const events = said.map(({ id, type, path }) => ({ id, type, time: now, url: `${ORIGIN}${path}` }))
    const answer = await post('/v1/events', { site: SITE, sent: now, events }, visitor.cookie).catch(() => undefined)
    const body = answer?.status === 202 ? (answer.json as { accepted?: number; refused?: { index: number }[] }) : {}
    const answered = body.accepted !== undefined && body.refused !== undefined
    ledger.requests.push({ sent: now, ended: Date.now(), answered })
    if (!body.refused || !answered) return false
    const refused = new Set(body.refused.map(({ index }) => index))
    // Once acknowledged it stays so, whatever a repetition is answered.
    for (const [index, act] of said.entries())
      if (act.fate !== 'acknowledged') act.fate = refused.has(index) ? 'refused' : 'acknowledged'
    return true
  }

  async function browse(visitor: Visitor): Promise<void> {
    while (!ends.stopping) {
      const abandoned = chance.percent(ABANDONED)
      const said = acts(visitor, abandoned)
      ledger.acts.push(...said)
      while (!(await say(visitor, said)) && !abandoned) {
        if (ends.broken) return
        await pause(AGAIN_MS)
      }
      if (chance.percent(REPEATED) && said.every(({ fate }) => fate === 'acknowledged')) {
        ledger.repeated += 1
        await say(visitor, said)
      }
      await pause(restMs * (0.5 + chance.next()))
    }
  }

  const browsing = crowd.map(async (purposes) => {
    const visitor = await settle(purposes)
    ledger.visitors.push(visitor)
    await browse(visitor)
  })

  async function within(ms: number, what: string, done: () => boolean): Promise<void> {
    for (const until = Date.now() + ms; !done(); await pause(10))
      if (Date.now() > until) {
        ends.broken = true
        throw new Error(`${what} took more than ${ms} ms`)
      }
  }
  return {
    async acknowledged(more, withinMs) {
      const wanted = answers() + more
      await within(withinMs, `the answer to ${more} requests`, () => answers() >= wanted)
    },
    async finish(withinMs) {
      ends.stopping = true
      const left = { count: browsing.length }
      for (const each of browsing) void each.finally(() => (left.count -= 1)).catch(() => {})
      await within(withinMs, 'confirming all that was sent', () => left.count === 0)
      await Promise.all(browsing)
      agent.destroy()
    },
  }
}

interface Sent {
  readonly agent: Agent
  readonly url: string
  readonly body: object
  readonly cookie: string
}

interface Answer {
  readonly status: number
  readonly json: unknown
  readonly cookie: string
}

function send({ agent, url, body, cookie }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body)
    const headers = {
      origin: ORIGIN,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
      ...(cookie && { cookie }),
    }
    const sent = request(url, { method: 'POST', agent, headers, signal: AbortSignal.timeout(ANSWER_MS) }, (answer) => {
      let said = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => {
        said += part
      })
      answer.on('error', reject)
      answer.on('end', () => {
        try {
          const json: unknown = said === '' ? undefined : JSON.parse(said)
          resolve({ status: answer.statusCode ?? 0, json, cookie: answer.headers['set-cookie']?.[0] ?? '' })
        } catch (error) {
          reject(error)
        }
      })
    })
    sent.on('error', reject)
    sent.end(text)
  })
}
