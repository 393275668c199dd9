// Makes package-lock.json one that `npm ci` accepts: run by `npm run lock` after `npm install` changed it.
// npm leaves a platform package that its registry does not have (another OS) out of the lock, and `npm ci` then
// refuses the lock. A stub with a foreign `os` stands in for each: it is never fetched on Linux.
import { readFileSync, writeFileSync } from 'node:fs'

const OS = /(darwin|win32|freebsd|android|linux|wasm32|openbsd|netbsd|sunos|aix|openharmony)/

/** Looks as Node does: in the package's own node_modules, then in each one above it. */
function isLocked(packages, from, name) {
  if (packages[`${from === '' ? '' : `${from}/`}node_modules/${name}`]) return true
  if (from === '') return false
  const above = from.lastIndexOf('/node_modules/')
  return isLocked(packages, above < 0 ? '' : from.slice(0, above), name)
}

function stub(name, range) {
  const os = OS.exec(name)?.[1]
  return {
    version: range.replace(/^[\^~]/, ''),
    ...(os ? { os: [os === 'wasm32' ? 'darwin' : os] } : {}),
    ...(os === 'linux' ? { cpu: ['arm'] } : {}),
    optional: true,
  }
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
let added = 0
for (const [from, { optionalDependencies = {} }] of Object.entries(lock.packages))
  for (const [name, range] of Object.entries(optionalDependencies)) {
    if (isLocked(lock.packages, from, name)) continue
    lock.packages[`node_modules/${name}`] = stub(name, range)
    added++
  }
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${added} stubs added`)
