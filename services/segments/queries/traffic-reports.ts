import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { Day } from '../../../schemas/week.ts'

const params = z.object({ site: z.string(), from: Day, to: Day })
const limited = params.extend({ floor: z.int() })
const count = z.coerce.number().pipe(z.int())
const within = 'site = {site: String} AND day >= {from: Date} AND day <= {to: Date}'
const MOST = 1_000

/** Cells under the floor come as one, without a name. */
const cells = (name: string, dimension: 'path' | 'referrer' | 'campaign') =>
  defineQuery({
    name,
    params: limited,
    row: z.object({ name: z.string(), shown: z.coerce.boolean(), views: count, seconds: count }),
    sql: `
      SELECT if(shown, cell, '') AS name, cell_views >= {floor: UInt64} AS shown, sum(cell_views) AS views, sum(cell_seconds) AS seconds
      FROM (
        SELECT ${dimension} AS cell, sumIf(n, type = 'page_view') AS cell_views, sumIf(seconds, type = 'engaged') AS cell_seconds
        FROM traffic WHERE ${within} AND ${dimension} != '' GROUP BY cell
      )
      GROUP BY name, shown ORDER BY shown DESC, views DESC, name LIMIT ${MOST}`,
  })

export const pages = cells('traffic_pages', 'path')
export const referrers = cells('traffic_referrers', 'referrer')
export const campaigns = cells('traffic_campaigns', 'campaign')

export const viewsByDay = defineQuery({
  name: 'views_by_day',
  params,
  row: z.object({ day: Day, views: count }),
  sql: `SELECT day, sum(n) AS views FROM traffic WHERE ${within} AND type = 'page_view' GROUP BY day ORDER BY day`,
})

export const actsByHour = defineQuery({
  name: 'acts_by_hour',
  params,
  row: z.object({ type: z.string(), hour: z.int(), n: count }),
  sql: `SELECT type, hour, sum(n) AS n FROM acts WHERE ${within} GROUP BY type, hour ORDER BY type, hour`,
})
