/** The admin API, as the CRM and the marketer use it. */

import { setTimeout as sleep } from 'node:timers/promises'

export interface AdminDoor {
  /** Resolves when the profiles hold all that was acknowledged. */
  caughtUp(): Promise<void>
  /** What analysts count in, without waiting for the end of the week. */
  takeSnapshots(): Promise<unknown>
  importFile(kind: string, csv: string): Promise<unknown>
  runsOf(audience: string): Promise<readonly Run[]>
  approve(run: string): Promise<unknown>
}

export interface Run {
  readonly run: string
  readonly state: string
  readonly reason?: string | null
  readonly waterfall?: Readonly<Record<string, number | null>> | null
}

export function adminDoor({ url, token }: { readonly url: string; readonly token: string }): AdminDoor {
  async function call(method: string, path: string, body?: string, type = 'application/json'): Promise<unknown> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type }
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers, ...(body !== undefined && { body }) })
    const value: unknown = await answer.json()
    if (answer.ok) return value
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(value)}`)
  }
  return {
    async caughtUp() {
      while (((await call('GET', '/status')) as { lag: number }).lag > 0) await sleep(100)
    },
    takeSnapshots: () => call('POST', '/snapshots'),
    importFile: (kind, csv) => call('POST', `/imports/${kind}?source=crm`, csv, 'text/csv'),
    async runsOf(audience) {
      const answer = (await call('GET', `/runs?audience=${audience}`)) as { runs?: Run[] } | Run[]
      return Array.isArray(answer) ? answer : (answer.runs ?? [])
    },
    approve: (run) => call('POST', `/runs/${run}/approve`),
  }
}

/** The audience's first run, approved once it waits for that; resolves when it is over. */
export async function seeThrough(admin: AdminDoor, audience: string, withinMs: number): Promise<Run> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(200)) {
    const [run] = await admin.runsOf(audience)
    if (run?.state === 'held') await admin.approve(run.run)
    if (run && ['done', 'partly_done', 'failed', 'recalled'].includes(run.state)) return run
  }
  throw new Error(`no run of ${audience} came to its end`)
}
