/** The snippet's entry: `bauta(command, ...)` for the page. What it captures by itself begins with the visitor's consent. */

import './acts.ts'
import { ask, type Told } from './ask.ts'
import { allow, allowed, choose, chosen } from './consent.ts'
import { push } from './queue.ts'
import { explain, lang, notice } from './tag.ts'

/** After the name: the purposes of a choice or the properties of an event, then what else belongs to a consent. */
type Call = [name: string, subject?: object, more?: object]
/** A call made before the snippet was here, and who waits for its answer. */
type Waiting = Call & { r?: (answer: unknown) => void }
declare global {
  interface Window {
    bauta?: ((...call: Call) => Promise<unknown>) & { q?: Waiting[] }
  }
}

let last: Promise<unknown> | undefined

/** What was told is not checked: where it is nothing, the command's promise comes to nothing too. */
async function answerTo(...asked: Parameters<typeof ask>): Promise<Told> {
  return (await ask(...asked))[1] as Told
}

async function consent(purposes: readonly string[], more?: object): Promise<Told> {
  const told = await answerTo('consent', 'POST', {
    notice,
    lang: lang.slice(0, 2),
    purposes,
    method: 'banner',
    path: location.pathname,
    ...more,
  })
  allow(told.purposes)
  return told
}

/** Commands are carried out one after the other. A choice is sent as it was made, whatever was chosen while it waited. */
function bauta(name: string, subject?: object, more?: object): Promise<unknown> {
  const had = allowed
  const before = last
  const choices: Record<string, () => unknown> = {
    allow: () => allow(mine),
    consent: () => consent(mine, more),
    forget: () => answerTo('visitor', 'DELETE'),
    // Who has chosen meanwhile is granted nothing they did not choose.
    reset: async () =>
      (await answerTo('visitor', 'DELETE')) && chosen === mine && consent(choose(had), { method: 'api' }),
  }
  const choice = choices[name]
  const mine = choice ? choose((subject || []) as string[]) : []
  const run = async () => {
    await before
    if (choice) return choice()
    if (allowed[0] && name === 'link') return (await answerTo(name, 'POST', {})).token
    if (allowed[0] && name === 'profile') return answerTo(name, 'GET')
    return push(name, { props: subject })
  }
  last = run().catch(explain)
  return last
}

window.bauta?.q?.map((call) => bauta(...(call as Call)).then(call.r))
window.bauta = bauta
