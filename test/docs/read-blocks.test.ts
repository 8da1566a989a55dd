import { expect, test } from 'vitest'
import { readBlocks } from './read-blocks.ts'

const fence = '```'

test('only marked blocks are read, with the line they begin at and the engines they need', () => {
  const document = `# A\n\n${fence}sh\nrm -rf /\n${fence}\n\n${fence}sh run\necho 1\n${fence}\n\n${fence}sh run kafka redis\necho 2\necho 3\n${fence}\n`
  expect(readBlocks(document)).toEqual([
    { line: 8, needs: [], text: 'echo 1\n' },
    { line: 12, needs: ['kafka', 'redis'], text: 'echo 2\necho 3\n' },
  ])
})

test('a mark that is misspelt is an error and not a block that is never run', () => {
  expect(() => readBlocks(`${fence}sh run kafak\necho\n${fence}\n`)).toThrow('kafak')
})
