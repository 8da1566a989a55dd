/** A folder with the demonstration's configuration, on ports that are free now and the same after a restart. */

import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../engines/free-port.ts'

export const SITE = 'demo'

export interface ProductFolder {
  readonly path: string
  readonly ports: { readonly web: number; readonly person: number }
  /** Of every process of the product. */
  readonly environment: Readonly<Record<string, string>>
}

export async function makeProductFolder(): Promise<ProductFolder> {
  const path = mkdtempSync(join(tmpdir(), 'bauta-e2e-'))
  const [web, person] = [await freePort(), await freePort()]
  const demo = new URL('../../services/demo/', import.meta.url)
  const config = readFileSync(new URL('bauta.yaml', demo), 'utf8')
    .replaceAll('http://localhost:8080', `http://localhost:${web}`)
    .replaceAll('http://127.0.0.1:8082', `http://127.0.0.1:${person}`)
  mkdirSync(join(path, 'config'))
  writeFileSync(join(path, 'config', 'bauta.yaml'), config)
  writeFileSync(join(path, 'config', 'interests.yaml'), readFileSync(new URL('interests.yaml', demo)))
  const environment = { BAUTA_CONFIG: 'config/bauta.yaml', BAUTA_CLIENT_ADDRESS_HEADER: 'x-forwarded-for' }
  return { path, ports: { web, person }, environment }
}
