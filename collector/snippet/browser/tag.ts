/** What the site's developer says on the script tag. Read at once, because `currentScript` is gone afterwards. */

/** `src` is at the collector. */
export const { src, dataset } = document.currentScript as HTMLScriptElement

/** `data-hash`: the part after `#` is a page of its own. `data-debug`: the console says what happens. */
export const { site, notice, hash, debug, lang = document.documentElement.lang } = dataset

/** Talks to the developer, where the tag says data-debug. */
export function explain(...said: unknown[]): undefined {
  // biome-ignore lint/suspicious/noConsole: the console is the only place where a developer reads a page
  if (debug != null) console.log('bauta:', ...said)
}

export function on(types: string, listener: (event: never) => void): void {
  for (const type of types.split(' ')) addEventListener(type, listener as EventListener, true)
}
