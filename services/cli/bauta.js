#!/usr/bin/env node
// Starts the command: from its source in a clone, compiled where there is only the build.
import { existsSync } from 'node:fs'

const source = new URL('./main.ts', import.meta.url)
if (existsSync(source)) {
  const { register } = await import('tsx/esm/api')
  register()
  await import(source.href)
} else await import(new URL('../../dist/services/cli/main.js', import.meta.url).href)
