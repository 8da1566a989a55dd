import { expect, test } from 'vitest'
import { globPattern } from './interest-rules.ts'

test.each([
  ['/solar/**', ['/solar', '/solar/', '/solar/a/b'], ['/solarium', '/de/solar']],
  ['/*/login', ['/de/login', '/de/login/'], ['//login', '/de/x/login']],
  ['/projects/*/**', ['/projects/x', '/projects/x/y'], ['/projects/', '/projects']],
  ['/a*/x', ['/a/x', '/abc/x'], ['/b/x']],
  ['/**/faq.html', ['/de/faq.html', '/de/help/faq.html'], ['/de/faqxhtml']],
])('%s matches whole paths, segment by segment', (glob, matching, others) => {
  const pattern = globPattern(glob)
  expect(matching.filter((path) => !pattern.test(path))).toEqual([])
  expect(others.filter((path) => pattern.test(path))).toEqual([])
})
