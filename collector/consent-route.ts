/** POST /v1/consent: all that is granted from now on, by whoever clicked. What was granted and is not said again is withdrawn. */

import type { Answer } from '../infra/listeners/answer.ts'
import type { DevicePurpose } from '../schemas/consent.ts'
import { ConsentRequest } from '../schemas/event.ts'
import { Fault } from '../schemas/fault.ts'
import { type Asked, headersOf, parseBody, readJson } from './door/request.ts'
import type { Site } from './site.ts'
import { allowedByTc } from './visitors/tc-string.ts'
import type { Visitor } from './visitors/visitor.ts'
import { heedSignals } from './visitors/visitor.ts'
import { jsonAnswer, type Room } from './visits.ts'

export function consentRoute({ visits, choices, readable, slow }: Room) {
  return async (request: Asked): Promise<Answer> => {
    const headers = headersOf(request)
    const {
      site: name,
      lang,
      tc,
      method,
      path,
      ...choice
    } = parseBody(ConsentRequest, await readJson(request, headers, slow))
    const { site, device, signals } = await visits.receive(request, headers, name, { heed: false })
    const heeded = heedSignals(choice.purposes, signals)
    const purposes = tc === undefined ? heeded : allowedByTc(heeded, tc)
    const notice = noticeFor(site, choice.notice, purposes, device?.visitor, lang)
    const page = path?.startsWith('/') ? site.pages.page(`${[...site.origins][0]}${path}`) : undefined
    const asked = { cookies: headers('cookie'), language: lang }
    const said = { ...asked, current: device, purposes, notice, method, path: page?.path ?? '' }
    const { device: chosen, receipt, cookie } = await choices.record(site, said)
    const answer = { purposes: chosen?.visitor.purposes ?? [], receipt }
    return jsonAnswer(readable(headers('origin')), 200, answer, cookie)
  }
}

/**
 * Under which notice the choice is made. A grant needs one that is shown, in that language, for those purposes: else there would be no proof.
 * A withdrawal needs none, so it goes under the one that stands.
 */
function noticeFor(
  site: Site,
  version: string,
  purposes: readonly DevicePurpose[],
  current: Visitor | undefined,
  language: string,
): string {
  const notice = site.notices.get(version)
  const covers = purposes.every((purpose) => notice?.purposes.includes(purpose))
  if (notice && !notice.retired && covers && notice.text[language] !== undefined) return version
  if (purposes.every((purpose) => current?.purposes.includes(purpose))) return current?.notice ?? version
  throw new Fault(
    'invalid',
    'no notice of that version is shown for those purposes in that language; see the notices of the site in bauta.yaml',
  )
}
