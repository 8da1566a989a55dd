import { expect, test } from 'vitest'
import { Fault } from '../../schemas/fault.ts'
import type { Client } from './client.ts'
import { outputTo, table } from './output.ts'
import { type Actions, runProgram } from './program.ts'

/** The words of design.md, section 5: people and scripts rely on them. */
const words =
  'demo|up|collector|profiles|segments|vault|activation|doctor|migrate|engines copy d|import contacts f|import orders f|import consents f|segment list|segment preview n|segment explain n|segment snapshot|audience list|audience preview n|export run a|export list|export show r|export approve r|export retry r|schedule list|schedule run n|schedule pause n|schedule resume n|consent show c|subject access a|subject erase a|profile explain p|dead-letters list|dead-letters replay d|reconcile|audit verify|keys list|keys rotate proof|keys destroy k|token issue|gate t|status'

function run(line: string, answer: () => unknown = () => ({ ok: true, pseudonym: 'x', chains: [], broken: [] })) {
  const asked: string[] = []
  const printed = { out: '', err: '' }
  const client: Client = {
    call: async (method, path) => {
      asked.push(`${method} ${path}`)
      return answer()
    },
    upload: async () => undefined,
    close: async () => {},
  }
  const said = (name: string) => async () => void asked.push(name)
  const lives = (name: string) => async () => {
    asked.push(name)
    return 0
  }
  const actions: Actions = {
    withClient: (work) => work(client),
    demo: lives('demo'),
    up: lives('up'),
    alone: lives('alone'),
    doctor: said('doctor'),
    migrate: said('migrate'),
    copyEngines: said('engines copy'),
    importFile: said('import'),
    importVisits: said('visits'),
    initKey: said('init'),
    copyKeys: said('keys copy'),
    gate: said('gate'),
  }
  const write = (name: 'out' | 'err', text: string) => {
    printed[name] += text
    return true
  }
  const stream = (name: 'out' | 'err') => ({ write: (text: string) => write(name, text) }) as NodeJS.WritableStream
  const outputOf = (json: boolean) => outputTo(stream('out'), stream('err'), json)
  return runProgram(actions, line.split(' '), outputOf).then((code) => ({ code, asked, ...printed }))
}

test.each(words.split('|'))('bauta %s is a command', async (line) => {
  const { code, asked } = await run(line)
  expect({ code, asked: asked.length }).toEqual({
    code: 0,
    asked: /^(profile explain|audit verify)/.test(line) ? 2 : 1,
  })
})

test('a fault becomes its own exit code, with its message on stderr and as JSON if asked for', async () => {
  const refused = () => {
    throw new Fault('not_found', 'no run has that id')
  }
  const { code, out, err } = await run('export show x --json', refused)
  expect({ code, err }).toEqual({ code: 3, err: 'bauta: no run has that id\n' })
  expect(JSON.parse(out)).toEqual({ error: { code: 'not_found', message: 'no run has that id' } })
})

test('what is not understood exits with 2, and a bug with 1', async () => {
  expect((await run('segment list --loud')).code).toBe(2)
  expect((await run('import visits f')).code).toBe(2)
  const bug = () => {
    throw new TypeError('x')
  }
  expect((await run('status', bug)).code).toBe(1)
})

test('a broken chain is not ok', async () => {
  expect((await run('audit verify', () => ({ chains: ['runs'], broken: [{ chain: 'runs', sequence: 3 }] }))).code).toBe(
    5,
  )
})

test('names in a request are escaped', async () => {
  expect((await run('audience preview a/../../runs')).asked).toEqual(['POST /audiences/a%2F..%2F..%2Fruns/preview'])
})

test('rows stand in columns, as wide as their widest', () => {
  expect(
    table([
      { name: 'solar', n: 1 },
      { name: 'x', more: ['a', 'b'] },
    ]),
  ).toBe('name   n  more\nsolar  1\nx         a, b')
})
