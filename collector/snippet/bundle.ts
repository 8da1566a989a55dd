/** Makes the one file that sites load, GET /b.js: from its source, or as the build left it beside this module. */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export interface Snippet {
  readonly js: string
  /** Strong, quoted: as it stands in the header. */
  readonly etag: string
}

const built = new URL('./b.js', import.meta.url)
const source = fileURLToPath(new URL('./browser/main.ts', import.meta.url))

export async function bundleSnippet(): Promise<Snippet> {
  const js = await readFile(built, 'utf8').catch(compileSnippet)
  return { js, etag: `"${createHash('sha256').update(js).digest('base64url').slice(0, 22)}"` }
}

/** One script without imports, for browsers of 2020 and later. */
export async function compileSnippet(): Promise<string> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2021',
    tsconfigRaw: '{}',
    charset: 'utf8',
    legalComments: 'none',
  })
  return outputFiles[0]?.text ?? ''
}
