import { chmod, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'

/** The command line as one file, for any machine with Node 20: no node_modules, nothing of the hub. */
export async function bundleCli(root: string, outFile: string): Promise<void> {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as { version: string }
  const partial = `${outFile}.partial-${process.pid}`
  await build({
    absWorkingDir: root,
    entryPoints: [path.join(root, 'cli', 'main.ts')],
    outfile: partial,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    define: { __VERSION__: JSON.stringify(version) },
    // CommonJS packages inside the bundle call require for Node's own modules.
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    legalComments: 'none',
    logLevel: 'warning',
  })
  await chmod(partial, 0o755)
  await rename(partial, outFile)
}
