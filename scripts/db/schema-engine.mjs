#!/usr/bin/env node
// Drop-in replacement for Prisma's native `schema-engine` binary: speaks the CLI's
// JSON-RPC-over-stdio protocol and forwards to @prisma/schema-engine-wasm through a
// driver adapter.  Use with PRISMA_SCHEMA_ENGINE_BINARY=<abs path of this file>.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)

// A wasm panic surfaces as an uncaught exception: answer the request in flight, drop a half-used shadow database, exit non-zero.
const cleanups = new Set()
let inFlight
async function fatal(err) {
  const message = globalThis.PRISMA_WASM_PANIC_REGISTRY?.message || err?.stack || String(err)
  if (inFlight !== undefined) process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id: inFlight, error: { code: -32603, message, data: { is_panic: false, message } } }) + '\n')
  for (const c of cleanups) await c().catch(() => {})
  setTimeout(() => process.exit(1), 50)
}
process.on('uncaughtException', fatal)
process.on('unhandledRejection', fatal)

const argv = process.argv.slice(2)
const opt = (n) => argv.flatMap((a, i) => (a === n ? [argv[i + 1]] : []))
const logErr = (code, message) =>
  process.stderr.write('\n' + JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields: { message, error_code: code } }) + '\n')

async function loadEngine() {
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { message: '', set_message(m) { this.message = m; process.stderr.write('\n' + JSON.stringify({ level: 'ERROR', fields: { message: m } }) + '\n') } }
  const bgPath = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const bg = await import(bgPath)
  const { instance } = await WebAssembly.instantiate(readFileSync(bgPath.replace(/\.js$/, '.wasm')), { './schema_engine_bg.js': bg })
  bg.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return bg.SchemaEngine
}

async function makeFactory(url) {
  if (/^postgres(ql)?:/.test(url)) {
    const { PrismaPg } = await import('@prisma/adapter-pg')
    // discrete fields, not connectionString: connectToShadowDb() overrides `database`, which a connectionString would win over
    const u = new URL(url)
    const schema = u.searchParams.get('schema') ?? undefined
    const cfg = {
      host: u.searchParams.get('host') ?? (u.hostname || undefined), port: u.port ? Number(u.port) : undefined,
      user: decodeURIComponent(u.username) || undefined, password: decodeURIComponent(u.password) || undefined,
      database: decodeURIComponent(u.pathname.slice(1)) || undefined,
      ssl: /^(require|verify-.*)$/.test(u.searchParams.get('sslmode') ?? '') ? {} : undefined,
    }
    const f = new PrismaPg(cfg, { schema })
    // adapter-pg's own connectToShadowDb drops the database before closing its pool ("is being accessed by other users")
    f.connectToShadowDb = async () => {
      const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`
      const admin = await new PrismaPg(cfg).connect()
      await admin.executeScript(`CREATE DATABASE "${database}"`)
      const shadow = await new PrismaPg({ ...cfg, database }).connect()
      const close = shadow.dispose.bind(shadow)
      const drop = async () => { await close(); await admin.executeScript(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`); await admin.dispose(); cleanups.delete(drop) }
      cleanups.add(drop)
      shadow.dispose = drop
      return shadow
    }
    return f
  }
  throw new Error('only postgresql:// URLs are driven here')
}

// The engine sends whole migration scripts through executeRaw; drivers with prepared statements
// accept one statement only, so argument-less raw SQL goes through executeScript.
function patch(f) {
  for (const m of ['connect', 'connectToShadowDb']) {
    const orig = f[m].bind(f)
    f[m] = async () => {
      const c = await orig()
      // adapter-pg splits scripts into statements; send the script as one simple query so a failing migration rolls back as a whole (as with the native engine)
      if (c.adapterName === '@prisma/adapter-pg') c.executeScript = async (sql) => { try { await c.client.query(sql) } catch (e) { c.onError(e) } }
      const raw = c.executeRaw.bind(c)
      c.executeRaw = async (q) => (q.args.length === 0 ? (await c.executeScript(q.sql), 0) : raw(q))
      // adapter-pg 7.10 does not map the internal "char" type (OID 18) that the catalog queries return; the engine wants Character
      if (typeof c.performIO === 'function' && c.provider === 'postgres') {
        const io = c.performIO.bind(c)
        const rawQuery = c.queryRaw.bind(c)
        let chars = []
        c.performIO = async (q) => {
          const r = await io(q)
          chars = []
          r.fields?.forEach((fd, i) => { if (fd.dataTypeID === 18) { fd.dataTypeID = 1042; chars.push(i) } })
          return r
        }
        c.queryRaw = async (q) => {
          const r = await rawQuery(q)
          for (const i of chars) r.columnTypes[i] = 6 // ColumnTypeEnum.Character
          return r
        }
      }
      return c
    }
  }
  return f
}

const dsArg = opt('--datasource')[0]
const datasource = dsArg ? JSON.parse(dsArg.startsWith('{') ? dsArg : Buffer.from(dsArg, 'base64').toString()) : {}
const url = datasource.url ?? process.env.SCHEMA_ENGINE_URL ?? 'postgresql://127.0.0.1:5432/postgres'

if (argv.includes('--version') || argv.includes('-V')) { console.log('schema-engine-cli wasm-shim'); process.exit(0) }
if (argv.includes('cli')) {
  try { const f = await makeFactory(url); const c = await f.connect(); await c.dispose(); process.exit(0) }
  catch (e) { logErr(/does not exist/.test(e.message) ? 'P1003' : 'P1001', e.message); process.exit(1) }
}

const { bindMigrationAwareSqlAdapterFactory } = await import('@prisma/driver-adapter-utils')
let factory
let engine
async function getEngine() {
  if (engine) return engine
  const SchemaEngine = await loadEngine()
  const datamodels = opt('--datamodels').map((p) => [p, readFileSync(p, 'utf8')])
  factory = bindMigrationAwareSqlAdapterFactory(patch(await makeFactory(url)))
  engine = await SchemaEngine.new({ datamodels: datamodels.length ? datamodels : undefined }, () => {}, factory)
  return engine
}
// The wasm engine maps a missing _prisma_migrations table to P1014 instead of "fresh database": create it and retry once.
const MIGRATIONS_DDL = {
  postgres: `CREATE TABLE IF NOT EXISTS _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`,
}
async function call(method, params) {
  const e = await getEngine()
  try { return await e[method](params) } catch (err) {
    if (err.code !== 'P1014' || !/_prisma_migrations/.test(err.message)) throw err
    const c = await (await makeFactory(url)).connect()
    try { await c.executeScript(MIGRATIONS_DDL[c.provider]) } finally { await c.dispose() }
    return await e[method](params)
  }
}
const send = (m) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...m }) + '\n')
let chain = Promise.resolve()
let printId = 1e6
createInterface({ input: process.stdin, crlfDelay: Infinity })
  .on('line', (line) => {
    const msg = JSON.parse(line)
    if (!msg.method) return
    chain = chain.then(async () => {
      inFlight = msg.id
      try {
        const e = await getEngine()
        let result
        switch (msg.method) {
          case 'createDatabase': result = { databaseName: '' }; break
          case 'getDatabaseVersion': result = await e.version(msg.params); break
          default: result = await call(msg.method, msg.params)
        }
        if (msg.method === 'diff' && result?.stdout) send({ method: 'print', id: printId++, params: { content: result.stdout } })
        inFlight = undefined
        send({ id: msg.id, result: result ?? {} })
      } catch (err) {
        const ext = /External error id#(\d+)/.exec(err.message ?? '')
        if (ext && factory) { const rec = factory.errorRegistry?.consumeError(Number(ext[1])); if (rec) err.message = `${err.message}\nCaused by: ${rec.error?.stack ?? rec.error}` }
        if (process.env.SHIM_DEBUG) console.error(err)
        send({ id: msg.id, error: { code: 4466, message: err.message ?? String(err), data: { is_panic: false, message: err.message ?? String(err), error_code: err.code, meta: err.meta } } })
      }
    })
  })
  .on('close', () => chain.then(() => process.exit(0)))
