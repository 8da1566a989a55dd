import { expect, test } from 'vitest'
import { LinkRequest } from '../../schemas/event.ts'
import { parseBody, parseJson } from './request.ts'

test('half a character in a string becomes a replacement, and whole ones stay', () => {
  expect(parseJson('{"a":["\\ud83d","x\\udc00y","\\ud83d\\ude00"]}')).toEqual({
    a: ['\ufffd', 'x\ufffdy', '\u{1f600}'],
  })
})

test('what is wrong with a body is said by field, and quotes nothing that was sent', () => {
  const problem = (body: unknown) => {
    try {
      return parseBody(LinkRequest, body)
    } catch (error) {
      return (error as Error).message
    }
  }
  expect(problem({ site: 'max@example.com' })).toBe('the body is not what this address takes (site: invalid_format)')
  expect(problem({ site: 'demo', 'max@example.com': 1 })).toBe(
    'the body is not what this address takes (body: unrecognized_keys)',
  )
})
