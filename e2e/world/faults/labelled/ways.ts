import path from 'node:path'
import { bendTransfer } from '../../bent-transfers.ts'
import type { ShimTool } from '../../shims.ts'
import { sshThrottle } from '../../throttle.ts'
import { type Lab, PACE } from './lab.ts'
import type { Arranged, LabelledFault, Trial } from './label.ts'

const shim =
  (...scripts: [ShimTool, string][]) =>
  async ({ lab, name }: Trial) => {
    const taken = await Promise.all(scripts.map(([tool, script]) => lab.shims.add(tool, name, script)))
    return async () => {
      for (const back of taken) await back()
    }
  }

/** The first forward of ssh's configuration leads elsewhere, or is not there. */
const forward = (change: string): [ShimTool, string] => ['ssh', `sed -i '${change}' "$2"`]

/** A qemu-nbd that is not ours is there before ours; it ends with the attempt. */
const foreign = (words: string, there: string) => `timeout 60 "$tool" --persistent ${words} & foreign=$!
i=0; while [ $i -lt 100 ] && ! ${there}; do sleep 0.05; i=$((i + 1)); done
"$tool" "$@"; status=$?; kill $foreign; exit $status`

/** Changes the tool's arguments one by one. */
const eachArgument = (change: string) =>
  `n=$#; while [ $n -gt 0 ]; do each=$1; shift; ${change}; set -- "$@" "$each"; n=$((n - 1)); done`

/** The last argument: the image, or the URL. */
const image = 'for image; do :; done'
const port = `for each; do case "$each" in --port=*) port=\${each#--port=} ;; esac; done`

/** The job's ssh goes through a relay of the test's, for now without a limit. */
async function narrowLine(lab: Lab, name: string): Promise<Arranged> {
  const arranged = await lab.serve(name, lab.disks.scattered, PACE)
  const back = await lab.shims.add('ssh', name, (await sshThrottle(path.join(lab.directory, name))).shim)
  return {
    ...arranged,
    [Symbol.asyncDispose]: async () => {
      await back()
      await arranged[Symbol.asyncDispose]()
    },
  }
}

/** Faults of tunnel and export that are there when the backup comes. */
export const wayFaults: readonly LabelledFault[] = [
  {
    name: 'wrong export name',
    hop: 'export',
    kinds: ['dead'],
    says: /does not serve the export|export/,
    remedy: /Another export|Exports & tunnels/,
    when: 'before',
    inject: ({ lab, name }) => bendTransfer(lab.directory, name, 'wrong-names'),
    ends: 'failed',
  },
  {
    name: 'export limited to one client, and taken',
    notArranged:
      'qemu-nbd drops a client that does not shake hands in 10 s, and one that does, behind the appliance’s forward, is counted as the copier’s sockets: it must come from the hub, between probe and copy',
    hop: 'export',
    kinds: ['stalled'],
    says: /connected.*has not said a word|not greeted/,
    remedy: /number of clients|qemu-nbd/,
    when: 'before',
    inject: async (trial) => {
      const back = await shim(['qemu-nbd', eachArgument('[ "$each" = --shared=0 ] && each=--shared=1')])(trial)
      const taken = await bendTransfer(trial.lab.directory, trial.name, 'taken')
      return async () => {
        await taken()
        await back()
      }
    },
    ends: 'cancelled',
  },
  {
    name: 'qemu-nbd absent',
    hop: 'export',
    kinds: ['dead'],
    says: /not found/,
    remedy: /not installed|image or the port/,
    when: 'before',
    inject: shim(['qemu-nbd', 'echo "qemu-nbd: not found" >&2; exit 127']),
    ends: 'failed',
  },
  {
    name: 'foreign qemu-nbd holds the lock',
    hop: 'export',
    kinds: ['dead'],
    says: /lock/,
    remedy: /holds the image|has the image/,
    when: 'before',
    inject: shim([
      'qemu-nbd',
      `${image}\nsocket=$(mktemp -u)\n${foreign('--format=qcow2 --socket=$socket "$image"', '[ -S $socket ]')}`,
    ]),
    ends: 'failed',
  },
  {
    name: 'foreign qemu-nbd holds the port',
    hop: 'export',
    kinds: ['dead'],
    says: /in use/,
    remedy: /the port/,
    when: 'before',
    inject: shim([
      'qemu-nbd',
      `${port}\n${foreign('--format=raw --bind=127.0.0.1 --port=$port null-co://', 'ss -tlnH sport = :$port | grep -q .')}`,
    ]),
    ends: 'failed',
  },
  {
    name: 'forward missing',
    hop: 'tunnel',
    kinds: ['dead'],
    says: /does not offer|tunnel .*could not be opened/,
    remedy: /SSH server|forward|network/,
    when: 'before',
    inject: shim(forward('/LocalForward/d')),
    ends: 'failed',
  },
  {
    name: 'forward to the wrong port',
    hop: 'tunnel',
    kinds: ['dead'],
    says: /refuses to forward/,
    remedy: /leads to a port/,
    when: 'before',
    inject: shim(forward('s/\\(LocalForward .*:\\)[0-9]*$/\\11/')),
    ends: 'failed',
  },
  {
    name: 'tunnel slow',
    hop: 'tunnel',
    kinds: ['slow'],
    says: /tunnel sets the pace/,
    remedy: /network between/,
    arrange: narrowLine,
    when: 'copy',
    inject: async ({ lab, name }) => {
      const { setRate } = await sshThrottle(path.join(lab.directory, name))
      await setRate(250_000)
      return () => setRate(null)
    },
    ends: 'completed',
  },
]
