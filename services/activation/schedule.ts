/** When audiences are exported: at times of a time zone, after an import, or both. A row a schedule remembers the last time. */

import { Cron } from 'croner'
import type { Logger } from 'pino'
import * as z from 'zod'
import { type Audit, auditOf } from '../../infra/control/audit.ts'
import { defineStatement, type Sql } from '../../infra/ports/sql.ts'
import type { BautaConfig, ScheduleConfig } from '../../schemas/config.ts'
import { Fault } from '../../schemas/fault.ts'
import type { RunRow } from './queries/runs.ts'

export interface ScheduleDeps {
  readonly control: Sql
  readonly config: Pick<BautaConfig, 'schedules'>
  readonly start: (audience: string, startedBy: string) => Promise<RunRow>
  readonly clock: () => number
  readonly logger: Logger
}

const ScheduleRow = z.object({
  name: z.string(),
  paused: z.boolean(),
  last_at: z.string().nullable(),
  missed_at: z.string().nullable(),
  import_due: z.boolean(),
})
const listSchedules = defineStatement({
  name: 'schedule_list',
  sql: 'SELECT name, paused, last_at, missed_at, import_due FROM control.schedules',
  params: z.object({}),
  row: ScheduleRow,
})
/** The first time it is seen, it has just run: what was due before it stood in the file is not made up for. */
const addSchedule = defineStatement({
  name: 'schedule_add',
  sql: 'INSERT INTO control.schedules (name, last_at) VALUES ($name, $at::timestamptz) ON CONFLICT DO NOTHING',
  params: z.object({ name: z.string(), at: z.string() }),
  row: z.unknown(),
})
/** Of several processes one gets it. */
const claimTime = defineStatement({
  name: 'schedule_claim_time',
  sql: `
    UPDATE control.schedules SET last_at = $due::timestamptz, missed_at = CASE WHEN $missed THEN $due::timestamptz ELSE missed_at END
    WHERE name = $name AND NOT paused AND last_at < $due::timestamptz RETURNING name`,
  params: z.object({ name: z.string(), due: z.string(), missed: z.boolean() }),
  row: z.object({ name: z.string() }),
})
const claimImport = defineStatement({
  name: 'schedule_claim_import',
  sql: `
    UPDATE control.schedules SET import_due = false
    WHERE name = $name AND NOT paused AND import_due RETURNING name`,
  params: z.object({ name: z.string() }),
  row: z.object({ name: z.string() }),
})
const setImportDue = defineStatement({
  name: 'schedule_import_due',
  sql: 'UPDATE control.schedules SET import_due = true WHERE name = $name',
  params: z.object({ name: z.string() }),
  row: z.unknown(),
})
const setMissed = defineStatement({
  name: 'schedule_missed',
  sql: 'UPDATE control.schedules SET missed_at = $at::timestamptz WHERE name = $name',
  params: z.object({ name: z.string(), at: z.string() }),
  row: z.unknown(),
})
const setPaused = defineStatement({
  name: 'schedule_pause',
  sql: 'UPDATE control.schedules SET paused = $paused WHERE name = $name',
  params: z.object({ name: z.string(), paused: z.boolean() }),
  row: z.unknown(),
})

/** Later than this, a time is missed: an export in the middle of the day is not the one of the night. */
const LATE_MS = 3_600_000
const NEXT = 3
const audit: Audit = auditOf('control')

export interface ScheduleView extends ScheduleConfig {
  readonly name: string
  readonly paused: boolean
  /** The next times, ISO 8601. */
  readonly next: readonly string[]
  readonly last: string | null
  readonly missed: string | null
  readonly importDue: boolean
}

export type Schedules = Awaited<ReturnType<typeof openSchedules>>

export async function openSchedules({ control, config, start, clock, logger }: ScheduleDeps) {
  const at = (time = clock()) => new Date(time).toISOString()
  const crons = new Map<string, Cron>()
  for (const [name, { cron, timezone }] of Object.entries(config.schedules)) {
    if (cron !== undefined) crons.set(name, cronOf(name, cron, timezone))
    await control.run(addSchedule, { name, at: at() })
  }

  const rowsByName = async () => new Map((await control.run(listSchedules, {})).map((row) => [row.name, row]))

  /** Answers whether a run began. */
  async function begin(name: string, startedBy: string): Promise<boolean> {
    const { audience } = get(name)
    try {
      await start(audience, startedBy)
      return true
    } catch (error) {
      await control.run(setMissed, { name, at: at() })
      logger.warn({ err: error, schedule: name, audience }, 'scheduled run did not begin')
      return false
    }
  }

  function get(name: string): ScheduleConfig {
    const found = config.schedules[name]
    const names = Object.keys(config.schedules).join(', ') || 'none'
    if (!found) throw new Fault('not_found', `no schedule is named ${name}; there are ${names}`)
    return found
  }

  return {
    async list(): Promise<ScheduleView[]> {
      const rows = await rowsByName()
      return Object.entries(config.schedules).map(([name, schedule]) => {
        const row = rows.get(name)
        const next = crons.get(name)?.nextRuns(NEXT, new Date(clock())) ?? []
        return {
          name,
          ...schedule,
          paused: row?.paused ?? false,
          next: row?.paused ? [] : next.map((time) => time.toISOString()),
          last: row?.last_at ?? null,
          missed: row?.missed_at ?? null,
          importDue: row?.import_due ?? false,
        }
      })
    },

    /** Starts what is due. */
    async tick(): Promise<void> {
      const rows = await rowsByName()
      for (const name of Object.keys(config.schedules)) {
        const row = rows.get(name)
        if (!row || row.paused) continue
        const due = latestDue(crons.get(name), row.last_at, clock())
        if (due !== undefined) {
          const missed = clock() - due > LATE_MS
          const mine = await control.run(claimTime, { name, due: at(due), missed })
          if (missed && mine.length > 0) logger.warn({ schedule: name, next: at(due) }, 'scheduled run was missed')
          else if (mine.length > 0) await begin(name, `schedule ${name}`)
        }
        if (!row.import_due || (await control.run(claimImport, { name })).length === 0) continue
        // While another run of the audience is open, the import stays due.
        if (!(await begin(name, `import ${name}`))) await control.run(setImportDue, { name })
      }
    },

    async setPaused(name: string, paused: boolean, actor: string): Promise<void> {
      get(name)
      await control.transaction(async (session) => {
        await session.run(setPaused, { name, paused })
        const act = paused ? 'schedules.pause' : 'schedules.resume'
        await audit.note(session, { actor, act, detail: { schedule: name } }, clock())
      })
    },

    async run(name: string, actor: string): Promise<RunRow> {
      return start(get(name).audience, actor)
    },
  }
}

function cronOf(name: string, pattern: string, timezone: string): Cron {
  try {
    const cron = new Cron(pattern, { timezone, paused: true, mode: '5-part' })
    // A zone that there is not shows only when it is asked for a time.
    cron.nextRun()
    return cron
  } catch (cause) {
    throw new Fault(
      'config_invalid',
      `schedules.${name}: "${pattern}" in ${timezone} is no time: five fields as in crontab`,
      {
        cause,
      },
    )
  }
}

/** The last time that has come since `last`; those before it are made up for by it. */
function latestDue(cron: Cron | undefined, last: string | null, now: number): number | undefined {
  if (!cron || last === null) return undefined
  let due: number | undefined
  for (let next = cron.nextRun(new Date(last)); next && next.getTime() <= now; next = cron.nextRun(next)) {
    due = next.getTime()
    // A machine that was off for a year need not count every minute of it.
    if (now - due > 2 * 86_400_000) next = new Date(now - 86_400_000)
  }
  return due
}
