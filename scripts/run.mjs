// Bootstraps a checkout, then runs a TypeScript entry on the pinned Node: plain JavaScript without dependencies,
// because on a fresh machine nothing is installed yet. Usage: node scripts/run.mjs [--packages=test] [entry [args…]]
// (placeholder; see scripts/setup)
