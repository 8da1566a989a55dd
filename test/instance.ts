/** A whole instance for tests, in a directory of its own, without listeners. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createKekFile } from '../infra/keys/key-encryption-key.ts'
import { readEnvironment } from '../infra/process/environment.ts'
import { openLogger } from '../infra/process/logger.ts'
import { type Instance, openInstance } from '../services/standalone.ts'

export interface TestInstance extends Instance {
  readonly root: string
  /** Over the admin API, by the local token or another. */
  call(
    method: string,
    path: string,
    options?: { readonly body?: unknown; readonly token?: string | undefined },
  ): Promise<Response>
}

/** The demonstration's configuration, changed by `change`. The directory goes with the instance. */
export async function openTestInstance(change: (yaml: string) => string = (yaml) => yaml): Promise<TestInstance> {
  const root = mkdtempSync(join(tmpdir(), 'bauta-instance-'))
  const demo = (name: string) =>
    readFileSync(fileURLToPath(new URL(`../services/demo/${name}`, import.meta.url)), 'utf8')
  writeFileSync(join(root, 'bauta.yaml'), change(demo('bauta.yaml')))
  writeFileSync(join(root, 'interests.yaml'), demo('interests.yaml'))
  createKekFile(join(root, 'kek'))
  const settings = readEnvironment({ BAUTA_DATA: 'data', BAUTA_KEK_FILE: 'kek', LOG_LEVEL: 'silent' }, root)
  const log = openLogger({ level: 'silent', service: 'test' })
  const instance = await openInstance(settings, { clock: Date.now, log, listeners: () => ({}), serving: false })
  return {
    ...instance,
    root,
    async call(method, path, { body, token = instance.localToken } = {}) {
      const headers = {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      }
      return instance.admin.fetch(
        new Request(`http://admin${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) }),
      )
    },
    async close() {
      await instance.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}
