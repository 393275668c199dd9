import { rename } from 'node:fs/promises'
import path from 'node:path'
import { build, type Plugin } from 'esbuild'

/** zod brings its messages in fifty languages, of which the appliance speaks one: a fifth of what each client would parse. */
const oneLanguage: Plugin = {
  name: 'one-language',
  setup({ onLoad }) {
    onLoad({ filter: /zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js'",
      loader: 'js',
    }))
  },
}

/** The appliance as one file for a hypervisor that has Node 24 and nothing of ours: no web framework, no node_modules. */
export async function bundleAppliance(root: string, buildId: string, outFile: string): Promise<void> {
  const partial = `${outFile}.partial-${process.pid}`
  await build({
    absWorkingDir: root,
    entryPoints: [path.join(root, 'appliance', 'main.ts')],
    outfile: partial,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    define: { __BUILD_ID__: JSON.stringify(buildId) },
    // CommonJS packages inside the bundle call require for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    legalComments: 'none',
    plugins: [oneLanguage],
    logLevel: 'warning',
  })
  await rename(partial, outFile)
}
