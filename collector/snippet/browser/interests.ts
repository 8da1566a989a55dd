/** What the page declares itself to be about: `data:solar`, `meta:solar`, `ld:Solar power`. */

type Declaring = HTMLElement & HTMLMetaElement & HTMLScriptElement

/** Adds to the list what is not in it yet, up to twenty. */
export function collectInterests(list: string[]): void {
  const add = (kind: string, text: unknown, shape = /[^\s,]+/g) => {
    const visit: unknown = (word: string) => {
      const token = kind + word
      if (!list.includes(token) && !list[19]) list.push(token)
    }
    // Replaces nothing: it is the shortest way to visit each match.
    ;`${text ?? ''}`.replace(shape, visit as () => string)
  }
  for (const { dataset, content, text } of document.querySelectorAll<Declaring>(
    '[data-interests],[name="bauta:interests"],[type$="ld+json"]',
  ))
    try {
      add('data:', dataset.interests)
      add('meta:', content)
      // The reviver visits every node there is.
      JSON.parse(text, (key, value) => {
        if (/keywords|articleSection|category/.test(key)) add('ld:', value, /[^\s,][^,]{0,90}/g)
        return value
      })
    } catch {}
}
