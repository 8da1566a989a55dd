/** Profiles over the admin API: why a profile scores as it does, and what the store refused. */

import { createRoute, z } from '@hono/zod-openapi'
import { DeadLetter, type DeadLetters } from '../../infra/control/dead-letters.ts'
import { type AdminApi, access, adminApi, json } from '../../infra/listeners/admin-api.ts'
import { Fault } from '../../schemas/fault.ts'
import { Name, WebPseudonym } from '../../schemas/ids.ts'
import { Band } from '../../schemas/interest.ts'
import type { Profiles } from './open-profiles.ts'
import { ReconcileReport } from './reconcile/report.ts'

export interface ProfilesApiDeps {
  readonly profiles: Pick<Profiles, 'explain' | 'replayDeadLetter' | 'takeSnapshots' | 'reconcile'>
  readonly deadLetters: Pick<DeadLetters, 'list'>
}

const Question = z.strictObject({ site: Name, pseudonym: WebPseudonym })

const Answer = z.object({
  site: z.string(),
  week: z.int(),
  live: z.boolean(),
  seenWeek: z.int().nullable(),
  until: z.int().nullable(),
  notice: z.string().nullable(),
  traits: z.object({ country: z.string(), device: z.string(), language: z.string() }).nullable(),
  interests: z.array(
    z.object({
      interest: z.string(),
      name: z.string(),
      score: z.number(),
      band: Band,
      terms: z.array(
        z.object({
          interest: z.string(),
          week: z.int(),
          kind: z.string(),
          rule: z.string(),
          n: z.int(),
          weight: z.int(),
          decay: z.number(),
          points: z.number(),
        }),
      ),
    }),
  ),
})

const explainRoute = createRoute({
  method: 'post',
  path: '/profiles/explain',
  summary: 'Signals, weeks and rules behind each score of one profile',
  ...access('profiles.explain'),
  request: { body: { content: { 'application/json': { schema: Question } }, required: true } },
  responses: { 200: json(Answer, 'Each score is the sum of the points of its terms.') },
})

const listRoute = createRoute({
  method: 'get',
  path: '/dead-letters',
  summary: 'Records that the store refused',
  ...access('dead_letters.read'),
  responses: { 200: json(z.object({ deadLetters: z.array(DeadLetter) }), 'The newest first, at most a thousand.') },
})

const replayRoute = createRoute({
  method: 'post',
  path: '/dead-letters/{id}/replay',
  summary: 'Try one again; it cannot count twice',
  ...access('dead_letters.replay'),
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    200: json(
      z.object({ result: z.enum(['stored', 'already_there', 'ended', 'refused', 'sent']) }),
      'What became of it. Refused, it is a dead letter again, by its new place; sent, it waits its turn.',
    ),
  },
})

const reconcileRoute = createRoute({
  method: 'post',
  path: '/reconcile',
  summary: 'Compare the log, as far as it goes back, with what the store made of it',
  ...access('store.reconcile'),
  responses: { 200: json(ReconcileReport, 'Each difference with what to do; none when all agree.') },
})

const snapshotRoute = createRoute({
  method: 'post',
  path: '/snapshots',
  summary: 'Take the snapshot that analysts count in now, instead of once a week',
  ...access('snapshots.take'),
  responses: { 200: json(z.object({ sites: z.array(z.string()) }), 'The sites whose counts are new.') },
})

export function profilesApi({ profiles, deadLetters }: ProfilesApiDeps): AdminApi {
  return adminApi()
    .openapi(explainRoute, async (context) => {
      const { site, pseudonym } = context.req.valid('json')
      const explanation = await profiles.explain({ site, p: pseudonym })
      if (!explanation) throw new Fault('not_found', `no site is named ${site}`)
      return context.json(Answer.parse(explanation), 200)
    })
    .openapi(listRoute, async (context) => context.json({ deadLetters: await deadLetters.list() }, 200))
    .openapi(replayRoute, async (context) => {
      const { id } = context.req.valid('param')
      return context.json({ result: await profiles.replayDeadLetter(id) }, 200)
    })
    .openapi(reconcileRoute, async (context) => context.json(await profiles.reconcile(), 200))
    .openapi(snapshotRoute, async (context) => context.json({ sites: [...(await profiles.takeSnapshots())] }, 200))
}
