#!/usr/bin/env node
// Starts the command: compiled where there is a build beside it, else from its source.
import { existsSync } from 'node:fs'

const built = new URL('../../dist/services/cli/main.js', import.meta.url)
if (import.meta.url.includes('/dist/')) await import(new URL('./main.js', import.meta.url).href)
else if (existsSync(built)) await import(built.href)
else {
  const { register } = await import('tsx/esm/api')
  register()
  await import(new URL('./main.ts', import.meta.url).href)
}
