import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** The test runner finds names in packages that Node itself does not. */
test('the command starts in a process of its own, with all that it imports', async () => {
  const command = fileURLToPath(new URL('./bauta.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [command, '--help'])
  expect(stdout).toContain('Usage: bauta')
})
