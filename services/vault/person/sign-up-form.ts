/** Reads the sign-up form as a browser posts it. What is wrong with it never depends on whether the address is known. */

import type { BautaConfig, Notice } from '../../../schemas/config.ts'
import { ContactPurpose } from '../../../schemas/consent.ts'
import { readAddress } from '../imports/values.ts'
import type { SignUp } from '../sign-up.ts'

type Wrong = 'wrongText' | 'wrongAddress' | 'wrongPurposes'
type Form = Readonly<Record<string, unknown>>

export function readSignUpForm(
  config: Pick<BautaConfig, 'sites'>,
  form: Form,
  origin: string,
): Omit<SignUp, 'ip'> | Wrong {
  const field = (name: string) => (typeof form[name] === 'string' ? form[name] : '')
  const address = readAddress(field('email'))
  if (!address) return 'wrongAddress'
  const site = field('site')
  const notice = Object.hasOwn(config.sites, site) ? shown(config, site, field('notice')) : undefined
  const language = field('language')
  if (!notice || !Object.hasOwn(notice.text, language)) return 'wrongText'
  const purposes = [form.purposes].flat().map((each) => ContactPurpose.safeParse(each).data)
  const wanted = purposes.filter((each) => each !== undefined)
  if (wanted.length === 0) return 'wrongPurposes'
  if (wanted.length !== purposes.length || !wanted.every((each) => notice.purposes.includes(each))) return 'wrongText'
  const linkToken = field('link_token')
  if (!/^[\w.-]{0,2048}$/.test(linkToken)) return 'wrongText'
  return {
    address,
    purposes: wanted,
    site,
    notice: notice.version,
    language,
    formUrl: formUrl(field('form_url'), origin),
    linkToken: linkToken === '' ? undefined : linkToken,
  }
}

function shown({ sites }: Pick<BautaConfig, 'sites'>, site: string, version: string): Notice | undefined {
  return sites[site]?.notices.find((each) => each.version === version && !each.retired)
}

/** Where the form stood, without what a query may carry; of another origin than the form came from it is not believed. */
function formUrl(text: string, origin: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.origin === origin ? `${url.origin}${url.pathname}`.slice(0, 2_048) : `${origin}/`
}
