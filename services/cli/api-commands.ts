/** Commands that are one question to the admin API: what is typed, and what is asked. */

import * as z from 'zod'
import { DAY_MS, dayOf } from '../../schemas/week.ts'

export interface ApiCommand {
  /** As typed, with its arguments: `segment preview <name>`. */
  readonly usage: string
  readonly says: string
  /** As commander writes them; values come by their long name. */
  readonly options?: readonly (readonly [flags: string, says: string, fallback?: string])[]
  readonly ask: (
    args: readonly string[],
    options: Readonly<Record<string, string | true | undefined>>,
  ) => Ask | Dialogue
}

/** Several questions, where one part of the house knows what another needs. */
export type Dialogue = (ask: (question: Ask) => Promise<unknown>) => Promise<unknown>

export interface Ask {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

const get = (path: string): Ask => ({ method: 'GET', path })
const post = (path: string, body?: unknown): Ask =>
  body === undefined ? { method: 'POST', path } : { method: 'POST', path, body }
const part = (text: string | undefined) => encodeURIComponent(text ?? '')

function query(path: string, values: Readonly<Record<string, string | true | undefined>>): Ask {
  const given = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return get(given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path)
}

const Pseudonym = z.object({ pseudonym: z.string() })
const Verified = z.object({ chains: z.array(z.string()), broken: z.array(z.unknown()) })

const verifyChains: Dialogue = async (ask) => {
  const [acts, ledger] = [await ask(post('/audit/verify')), await ask(post('/ledger/verify'))].map((each) =>
    Verified.parse(each),
  )
  return {
    chains: [...(acts?.chains ?? []), ...(ledger?.chains ?? [])],
    broken: [...(acts?.broken ?? []), ...(ledger?.broken ?? [])],
  }
}

const site = ['--site <site>', 'the site', 'demo'] as const

export const apiCommands: readonly ApiCommand[] = [
  { usage: 'status', says: 'what runs, and how far the log is behind', ask: () => get('/status') },

  { usage: 'segment list', says: 'all segments', ask: () => get('/segments') },
  {
    usage: 'segment preview <name>',
    says: 'about how many profiles it holds',
    ask: ([name]) => post('/segments/preview', { name }),
  },
  {
    usage: 'segment explain <name>',
    says: 'its SQL and its conditions in words',
    ask: ([name]) => post('/segments/explain', { name }),
  },
  {
    usage: 'segment snapshot',
    says: 'takes anew what segments are counted in, which happens by itself each week',
    ask: () => post('/snapshots'),
  },
  {
    usage: 'report interests',
    says: 'interests by week',
    options: [site, ['--weeks <n>', 'how many weeks back', '4']],
    ask: (_, { site, weeks }) => query('/reports/interests', { site, weeks }),
  },
  {
    usage: 'report traffic',
    says: 'pages, referrers, campaigns, of the last seven days if no others are named',
    options: [site, ['--from <day>', 'first day, YYYY-MM-DD'], ['--to <day>', 'last day, YYYY-MM-DD']],
    ask: (_, { site, from = dayOf(Date.now() - 6 * DAY_MS), to = dayOf(Date.now()) }) =>
      query('/reports/traffic', { site, from, to }),
  },

  { usage: 'audience list', says: 'all audiences', ask: () => get('/audiences') },
  {
    usage: 'audience preview <name>',
    says: 'how many of whom, step by step',
    ask: ([name]) => post(`/audiences/${part(name)}/preview`),
  },
  {
    usage: 'export run <audience>',
    says: 'starts a run; the first of an audience waits for approval',
    options: [['--dry-run', 'only says what would leave, with a sample']],
    ask: ([name], { dryRun }) =>
      dryRun ? post(`/audiences/${part(name)}/dry-run`) : post('/runs', { audience: name }),
  },
  { usage: 'export list', says: 'runs, newest first', ask: () => get('/runs') },
  {
    usage: 'export show <run>',
    says: 'one run: state, waterfall, receipts',
    ask: ([run]) => get(`/runs/${part(run)}`),
  },
  { usage: 'export approve <run>', says: 'lets a held run leave', ask: ([run]) => post(`/runs/${part(run)}/approve`) },
  {
    usage: 'export retry <run>',
    says: 'goes on with a run that did not finish',
    ask: ([run]) => post(`/runs/${part(run)}/retry`),
  },
  {
    usage: 'export recall <run>',
    says: 'takes back everybody whom the run brought out',
    ask: ([run]) => post(`/runs/${part(run)}/recall`),
  },
  { usage: 'schedule list', says: 'schedules with their next runs', ask: () => get('/schedules') },
  { usage: 'schedule run <name>', says: 'runs it now', ask: ([name]) => post(`/schedules/${part(name)}/run`) },
  {
    usage: 'schedule pause <name>',
    says: 'until it is resumed',
    ask: ([name]) => post(`/schedules/${part(name)}/pause`),
  },
  { usage: 'schedule resume <name>', says: 'goes on', ask: ([name]) => post(`/schedules/${part(name)}/resume`) },

  {
    usage: 'consent show <contact>',
    says: 'what a contact said, and what of it stands',
    ask: ([contact]) => get(`/consents/${part(contact)}`),
  },
  {
    usage: 'subject access <address>',
    says: 'all that is stored of a person',
    ask: ([subject]) => get(`/subjects/${part(subject)}`),
  },
  {
    usage: 'subject erase <address>',
    says: 'erases a person; only a keyed hash stays, so that no import brings them back',
    ask: ([subject]) => ({ method: 'DELETE', path: `/subjects/${part(subject)}` }),
  },
  {
    usage: 'profile explain <cookie-or-pseudonym>',
    says: 'signals, weeks and rules behind each score',
    options: [site],
    ask:
      ([value = ''], { site }) =>
      async (ask) => {
        const known = /^[0-9a-f]{32}$/.test(value)
        const { pseudonym } = known
          ? { pseudonym: value }
          : Pseudonym.parse(await ask(post('/pseudonyms', { site, cookie: value })))
        return ask(post('/profiles/explain', { site, pseudonym }))
      },
  },

  { usage: 'dead-letters list', says: 'records that could not be stored', ask: () => get('/dead-letters') },
  {
    usage: 'dead-letters replay <id>',
    says: 'tries one again while the log has it',
    ask: ([id]) => post(`/dead-letters/${part(id)}/replay`),
  },
  {
    usage: 'reconcile',
    says: 'does the store have what the log says, once each?',
    ask: () => post('/reconcile'),
  },
  { usage: 'audit verify', says: 'do all chains hold?', ask: () => verifyChains },
  {
    usage: 'audit list',
    says: 'admin acts, oldest first',
    options: [['--after <sequence>', 'only later ones', '0']],
    ask: (_, { after }) => query('/audit', { after }),
  },
  { usage: 'keys list', says: 'keys by id, use and age', ask: () => get('/keys') },
  {
    usage: 'keys rotate <use>',
    says: 'a new key for sealed-link or proof',
    ask: ([use]) => post(`/keys/${part(use)}/rotate`),
  },
  {
    usage: 'keys destroy <id>',
    says: 'a key that has been replaced, with all that it sealed',
    ask: ([id]) => ({ method: 'DELETE', path: `/keys/${part(id)}` }),
  },
  {
    usage: 'token issue',
    says: 'a token for the admin API, shown once',
    options: [
      ['--name <name>', 'for the audit log', 'unnamed'],
      ['--role <role>', 'admin, marketer, analyst, privacy or integration', 'analyst'],
      ['--days <n>', 'until it runs out', '90'],
    ],
    ask: (_, { name, role, days }) => post('/tokens', { name, role, days: Number(days) }),
  },
]
