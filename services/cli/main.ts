/** Where the bauta command begins: environment in, exit code out. */

import { actionsOf } from './actions.ts'
import { outputTo } from './output.ts'
import { runProgram } from './program.ts'

const outputOf = (json: boolean) => outputTo(process.stdout, process.stderr, json)
process.exitCode = await runProgram(actionsOf(process.env, process.cwd()), process.argv.slice(2), outputOf)
