/** Page after page, each asked for by the last key of the one before, until one is empty. */

export async function* pages<Row, Key>(
  ask: (after: Key) => Promise<readonly Row[]>,
  first: Key,
  keyOf: (row: Row) => Key,
): AsyncGenerator<readonly Row[]> {
  for (let page = await ask(first); ; ) {
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    page = await ask(keyOf(last))
  }
}
