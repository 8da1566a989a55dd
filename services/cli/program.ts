/** The bauta command: its words, and what each of them does. */

import { Command, CommanderError, Option } from 'commander'
import { type ServiceName, serviceNames } from '../../infra/process/service.ts'
import { Fault } from '../../schemas/fault.ts'
import { type Ask, apiCommands } from './api-commands.ts'
import type { Client } from './client.ts'
import type { Output } from './output.ts'

/** What only the command line does, beside asking the API. */
export interface Actions {
  /** A running instance, or one opened here for the length of `work`. */
  withClient<T>(work: (client: Client) => Promise<T>): Promise<T>
  /** Both answer the exit code, when they are over. */
  demo(): Promise<number>
  up(): Promise<number>
  alone(service: ServiceName): Promise<number>
  doctor(output: Output): Promise<void>
  migrate(output: Output): Promise<void>
  copyEngines(output: Output, directory: string): Promise<void>
  importFile(
    output: Output,
    kind: string,
    file: string,
    options: { readonly mapping?: string; readonly source?: string; readonly force?: true },
  ): Promise<void>
  importVisits(output: Output, file: string, site: string): Promise<void>
  initKey(output: Output, file: string): Promise<void>
  copyKeys(output: Output, directory: string, options: { readonly kek: string; readonly side?: string }): Promise<void>
  gate(output: Output, text: string): Promise<void>
}

const EXIT = { ok: 0, failed: 1, usage: 2 } as const

/** Answers with the code to exit with. Never throws. */
export async function runProgram(
  actions: Actions,
  argv: readonly string[],
  outputOf: (json: boolean) => Output,
): Promise<number> {
  const exit: { code: number } = { code: EXIT.ok }
  const program = describeProgram(actions, outputOf, exit)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return exit.code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    const output = outputOf(argv.includes('--json'))
    if (error instanceof Fault) {
      output.talk(`bauta: ${error.message}`)
      if (output.json) output.data({ error: { code: error.code, message: error.message } })
      return error.exit
    }
    output.talk(`bauta: this is a bug: ${error instanceof Error ? error.stack : error}`)
    return EXIT.failed
  }
}

function describeProgram(actions: Actions, outputOf: (json: boolean) => Output, exit: { code: number }): Command {
  const program = new Command('bauta').description('Data management with pseudonymous profiles').exitOverride()
  program.configureHelp({ showGlobalOptions: true })
  const add = (usage: string, says: string) => {
    const [group = '', ...rest] = usage.split(' ')
    const grouped = rest[0] !== undefined && !/^[<[]/.test(rest[0])
    const parent = grouped
      ? (program.commands.find((each) => each.name() === group) ?? program.command(group))
      : program
    return parent
      .command(grouped ? rest.join(' ') : usage)
      .description(says)
      .option('--json', 'prints JSON')
      .exitOverride()
  }
  const outputFor = (command: Command) => outputOf(command.opts().json === true)

  add('demo', 'a demonstration with seeded visitors, on embedded engines').action(async () => {
    exit.code = await actions.demo()
  })
  add('up', 'everything in one process').action(async () => {
    exit.code = await actions.up()
  })
  for (const service of serviceNames)
    add(service, `the ${service} alone, on distributed engines`).action(async () => {
      exit.code = await actions.alone(service)
    })
  add('doctor', 'checks the installation and names what mends it').action((_, command) =>
    actions.doctor(outputFor(command)),
  )
  add('migrate', 'brings the tables up to date').action((_, command) => actions.migrate(outputFor(command)))
  add('engines copy <directory>', 'copies an embedded data directory into the engines of the environment').action(
    (directory, _, command) => actions.copyEngines(outputFor(command), directory),
  )
  add('gate <text>', 'shows what the collector makes of a path, address or text').action((text, _, command) =>
    actions.gate(outputFor(command), text),
  )
  add('keys init <file>', 'makes a key-encryption key').action((file, _, command) =>
    actions.initKey(outputFor(command), file),
  )
  add('keys copy <directory>', 'copies keyrings from there, wrapped by the key-encryption key of the environment')
    .requiredOption('--kek <file>', 'the key-encryption key that wraps them there')
    .addOption(new Option('--side <side>', 'only those of one side').choices(['web', 'profiles', 'person']))
    .action((directory, options, command) => actions.copyKeys(outputFor(command), directory, options))
  for (const kind of ['contacts', 'orders', 'consents'])
    add(`import ${kind} <file>`, `reads a CSV of ${kind}`)
      .option('--mapping <file>', 'which column is what, as YAML')
      .option('--source <name>', 'the system it comes from', 'crm')
      .option('--force', 'also if it has less than half the rows of the last one')
      .action((file, options, command) => actions.importFile(outputFor(command), kind, file, options))
  add('import visits <file>', "replays another site's page views")
    .requiredOption('--assume-consent', 'says that you may: the file itself holds no consent')
    .option('--site <site>', 'the site', 'demo')
    .addHelpText('after', visitsHelp)
    .action((file, options, command) => actions.importVisits(outputFor(command), file, options.site))

  for (const { usage, says, options = [], ask } of apiCommands) {
    const command = add(usage, says)
    for (const [flags, text, fallback] of options) command.option(flags, text, fallback)
    command.action(async (...given: unknown[]) => {
      const args = given.slice(0, command.registeredArguments.length) as string[]
      const question = ask(args, command.opts())
      const answer = await actions.withClient((client) => {
        const put = ({ method, path, body }: Ask) => client.call(method, path, body)
        return typeof question === 'function' ? question(put) : put(question)
      })
      outputFor(command).data(answer)
      if (isBroken(answer)) throw new Fault('conflict', 'a chain does not hold; see above')
      if (hasDifferences(answer)) throw new Fault('conflict', 'log and store differ; see above')
    })
  }
  return program
}

const visitsHelp = `
FILE has a JSON object a line, plain or gzipped (.gz): visitor (a number), t (ISO 8601), path, referrer, ua.
All times move by the same whole weeks, so that the last view is of this week, or of the last one where it would lie ahead of now.
Days that ended more than 48 hours ago have no key any more, so their views bring interests and no rows for analytics.
Whatever BAUTA_DATA and BAUTA_KEK_FILE say, the replay has a data directory and a key of its own beside the data directory:
<data directory>-visits, which must not hold anything yet, and <data directory>-visits.kek, made if it is not there.`

function hasDifferences(answer: unknown): boolean {
  const differences = (answer as { differences?: unknown } | undefined)?.differences
  return Array.isArray(differences) && differences.length > 0
}

function isBroken(answer: unknown): boolean {
  const broken = (answer as { broken?: unknown } | undefined)?.broken
  return Array.isArray(broken) && broken.length > 0
}
