/** The pages for people, as someone uses them: the form is sent, the page of a mail's link is opened, its button pressed. */

export interface PersonDoor {
  readonly url: string
  /** Of the page that holds the sign-up form. */
  readonly origin: string
}

export interface SignUp {
  readonly email: string
  readonly purposes: readonly string[]
  readonly site: string
  readonly notice: string
  readonly language: string
  readonly linkToken: string | undefined
  /** As the reverse proxy names them. */
  readonly address: string
}

export async function signUp({ url, origin }: PersonDoor, who: SignUp): Promise<void> {
  const fields: [string, string][] = [
    ['email', who.email],
    ...who.purposes.map((purpose): [string, string] => ['purposes', purpose]),
    ['site', who.site],
    ['notice', who.notice],
    ['language', who.language],
    ['form_url', `${origin}/${who.language}/newsletter`],
  ]
  if (who.linkToken) fields.push(['link_token', who.linkToken])
  await post(`${url}/subscribe`, new URLSearchParams(fields), origin, who.address)
}

/** Opens the link and presses the button whose form holds `words`; the first form's if none are given. */
export async function pressButton(link: URL, address: string, words = ''): Promise<void> {
  const page = await (await fetch(link, { headers: { 'x-forwarded-for': address } })).text()
  const forms = page.match(/<form[\s\S]*?<\/form>/g) ?? []
  const form = forms.find((each) => each.includes(words))
  if (!form) throw new Error(`the page at ${link.pathname} has no button for it`)
  const action = /action="([^"]+)"/.exec(form)?.[1] ?? link.pathname
  const fields = [...form.matchAll(/<(?:input|button)[^>]*>/g)].flatMap(([tag]): [string, string][] => {
    const name = /name="([^"]+)"/.exec(tag)?.[1]
    return name ? [[name, /value="([^"]*)"/.exec(tag)?.[1] ?? '']] : []
  })
  await post(new URL(action.replaceAll('&amp;', '&'), link).href, new URLSearchParams(fields), link.origin, address)
}

export async function askForPreferences(
  { url }: PersonDoor,
  email: string,
  language: string,
  address: string,
): Promise<void> {
  await post(`${url}/preferences`, new URLSearchParams({ email, language }), new URL(url).origin, address)
}

async function post(url: string, body: URLSearchParams, origin: string, address: string): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body, headers: { origin, 'x-forwarded-for': address } })
  if (!answer.ok) throw new Error(`${new URL(url).pathname} answered ${answer.status}`)
  await answer.arrayBuffer()
}
