import { run } from '#lib/process/run.ts'

/** F_SETLEASE with F_RDLCK (fcntl(2)): the kernel grants it only while nobody, itself included, has the file open for writing. */
const PERL = 'open(F,"<",$ARGV[0]) or exit 3; fcntl(F,1024,0) and exit 0; exit($!==11 ? 1 : 2)'
const PYTHON = [
  'import fcntl, os, sys',
  'f = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)',
  'try: fcntl.fcntl(f, fcntl.F_SETLEASE, fcntl.F_RDLCK)',
  'except BlockingIOError: sys.exit(1)',
  'except OSError: sys.exit(2)',
].join('\n')

/**
 * Asks the kernel itself whether a regular file is open (or mapped) for writing anywhere: in processes that may not be looked into,
 * in containers, in the kernel. Node has no fcntl, so one of two interpreters asks for it, whichever is there; the lease lives for
 * that moment.
 * @returns false: nobody has; true: somebody has; null: it cannot be asked (not the file's owner and no CAP_LEASE, no interpreter)
 */
export async function isOpenForWriting(path: string): Promise<boolean | null> {
  for (const [command, args] of [
    ['perl', ['-e', PERL, '--', path]],
    ['python3', ['-I', '-c', PYTHON, path]],
  ] as const) {
    const result = await run(command, args, { timeoutMs: 5000 })
    if (result.notFound) continue
    if (result.exitCode === 0) return false
    return result.exitCode === 1 ? true : null
  }
  return null
}
