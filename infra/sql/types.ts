/** What PostgreSQL's types become in a row, the same on both engines. What is not named here stays the text it comes as. */

/** By the oid of the type. */
export const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => text === 't',
  // bytea, as hex.
  17: (text) => Uint8Array.from(Buffer.from(text.slice(2), 'hex')),
  // int8. A number loses digits above 2^53, so from there on it is a string, which a row's schema of numbers refuses.
  20: (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : text),
  21: Number,
  23: Number,
  700: Number,
  701: Number,
  114: (text) => JSON.parse(text),
  3802: (text) => JSON.parse(text),
  // date: YYYY-MM-DD, without a clock that could move it to another day.
  1082: (text) => text,
  1114: (text) => text,
  // timestamptz: ISO 8601 in UTC, to the millisecond.
  1184: (text) => new Date(text).toISOString(),
  1700: (text) => text,
}
