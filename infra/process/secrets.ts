/** Secrets by the name of a variable: its value, or what stands in the file that X_FILE names, as containers are given them. */

import { readFileSync } from 'node:fs'
import { Fault } from '../../schemas/fault.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** `undefined` where neither is set; a variable set to nothing counts as not set. Throws `config_invalid`, which quotes no value. */
export function secretOf(env: Variables, name: string): string | undefined {
  const [value, file] = [env[name], env[`${name}_FILE`]]
  if (!file) return value
  if (value) throw new Fault('config_invalid', `${name} and ${name}_FILE are both set; unset one of them`)
  const text = readNamed(`${name}_FILE`, file).trim()
  if (text) return text
  throw new Fault('config_invalid', `${name}_FILE names a file that is empty; write the secret into it`)
}

/** The environment with the values of these secrets in their places. Throws one `config_invalid` with all that is wrong. */
export function withSecrets(env: Variables, names: readonly string[]): Record<string, string | undefined> {
  const problems: string[] = []
  const found: Record<string, string | undefined> = { ...env }
  for (const name of names) {
    try {
      found[name] = secretOf(env, name)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      problems.push(error.message)
    }
  }
  if (problems.length > 0) throw new Fault('config_invalid', problems.join('\n'))
  return found
}

/** The text of a file that a variable names. Its name is not told: who mistakes X_FILE for X has put the secret there. */
export function readNamed(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const why = reasons[(cause as NodeJS.ErrnoException).code ?? ''] ?? 'cannot be read'
    throw new Fault('config_invalid', `${variable} names a file that ${why}`)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'this user may not read',
  EISDIR: 'is a directory',
}
