/** The address of an export for a client on the hub itself. Names are slugs: nothing in them needs escaping. Pure. */
export const nbdUrl = ({ port, exportName }: { port: number; exportName: string }) =>
  `nbd://127.0.0.1:${port}/${exportName}`
