/** For the build: leaves the snippet beside the compiled bundle.js, so that a production image compiles nothing. */

import { writeFile } from 'node:fs/promises'
import { compileSnippet } from './bundle.ts'

await writeFile(process.argv[2] ?? 'dist/collector/snippet/b.js', await compileSnippet())
