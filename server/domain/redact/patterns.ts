/** What stands for what was taken out. */
export const GONE = '<redacted>'

/** What names of settings, headers and fields that hold a secret have in them. */
const secretName =
  '(?:password|passwd|passphrase|pwd|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|auth[-_]?key|credential|session[-_]?id|cookie)'

type Rule = readonly [pattern: RegExp, by: string]

/** What names a secret that follows: an option of a command, or a setting, header or field. */
const leads = [
  String.raw`--?[\w-]{0,40}${secretName}[\w-]{0,40}(?:=|\s+)`,
  String.raw`[\w.-]{0,40}${secretName}[\w.-]{0,40}(?:\\*["'])?\s*(?:=>|[:=])\s*`,
]

/** The value behind it. Quotes stay where they are, and a number stays one: JSON is still JSON afterwards. */
const values: readonly (readonly [opening: string, value: string, by: string])[] = [
  [String.raw`\\+"`, String.raw`(?:(?!\\+").)+`, GONE],
  ['"', String.raw`(?:[^"\\\n]|\\.)+`, GONE],
  ["'", String.raw`[^'\n]+`, GONE],
  ['', String.raw`-?\d+(?:\.\d+)?(?=\s*[,}\]\n])`, '0'],
  ['', String.raw`(?!(?:null|true|false)\b)(?!-?\d+(?:\.\d+)?\s*[,}\]\n])[^\s,;&<>"'\\)\]}]+`, GONE],
]

const named: readonly Rule[] = leads.flatMap((lead) =>
  values.map(([opening, value, by]): Rule => [new RegExp(`(${lead}${opening})${value}`, 'gi'), `$1${by}`]),
)

/**
 * What a secret looks like when its own value is not known: pattern → what is left. In order: what is taken out by one
 * rule is not looked at by the next. Rather too much than too little; repetitions are bounded, so that a long line costs no time.
 */
export const rules: readonly Rule[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^"']*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?=["'])|$)/g, GONE],
  // The end of one whose beginning was cut off.
  [/^(?:[A-Za-z0-9+/=]{2,}\r?\n)+-----END [A-Z ]*PRIVATE KEY-----/gm, GONE],
  [/\b((?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-[a-z0-9-]+)\s+)AAAA[A-Za-z0-9+/=]+/g, `$1${GONE}`],
  [/(\/sign-in\/(?:link|password)#)[^\s"'\\<>]+/g, `$1${GONE}`],
  [/(\/setup[?#](?:token=)?)[^\s"'\\<>]+/g, `$1${GONE}`],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"'<>]+@/gi, `$1${GONE}@`],
  [
    /\b((?:proxy-)?authorization\\*["']?\s*[:=]\s*\\*["']?)(?!null\b)(?:(?:bearer|basic|digest)\s+)?[^\s"'\\,;}]+/gi,
    `$1${GONE}`,
  ],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${GONE}`],
  [/\b((?:set-)?cookie:\s*)[^\r\n"\\]+/gi, `$1${GONE}`],
  ...named,
  [/\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, GONE],
  [/\bAKIA[0-9A-Z]{16}\b/g, GONE],
  [/\bsendense_[A-Za-z0-9_-]{20,}/g, GONE],
  // 256 bits in base64url, as this hub makes its secrets. Fingerprints have the same length, and say so.
  [/(?<!SHA256:)(?<![\w/+-])[A-Za-z0-9_-]{43}(?![\w/+=-])/g, GONE],
  // Ciphers and extensions of OpenSSH are called like addresses.
  [/[\p{L}\p{N}._%+'-]{1,64}@(?!openssh\.com|libssh\.org)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, '<e-mail>'],
]
