/** What stands for what was taken out. */
export const GONE = '<redacted>'

/** What names of settings, headers and fields that hold a secret have in them. */
const secretName =
  '(?:password|passwd|passphrase|pwd|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|auth[-_]?key|credential|session[-_]?id|cookie)'

// A value in double quotes (JSON), in quotes that are escaped themselves (JSON in JSON), in single quotes, or bare.
const value = String.raw`(?:\\+"(?:(?!\\+").)*(?:\\+")?|"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|[^\s,;&<>"'\\)\]}]+)`

type Rule = readonly [pattern: RegExp, by: string]

/**
 * What a secret looks like when its own value is not known: pattern → what is left. In order: what is taken out by one
 * rule is not looked at by the next. Rather too much than too little; repetitions are bounded, so that a long line costs no time.
 */
export const rules: readonly Rule[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, GONE],
  // The end of one whose beginning was cut off.
  [/^(?:[A-Za-z0-9+/=]{2,}\r?\n)+-----END [A-Z ]*PRIVATE KEY-----/gm, GONE],
  [/\b((?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-[a-z0-9-]+)\s+)AAAA[A-Za-z0-9+/=]+/g, `$1${GONE}`],
  [/(\/sign-in\/link#)[^\s"'\\<>]+/g, `$1${GONE}`],
  [/(\/setup[?#](?:token=)?)[^\s"'\\<>]+/g, `$1${GONE}`],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"'<>]+@/gi, `$1${GONE}@`],
  [/\b((?:proxy-)?authorization\\*["']?\s*[:=]\s*\\*["']?)(?:(?:bearer|basic|digest)\s+)?[^\s"'\\,;}]+/gi, `$1${GONE}`],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${GONE}`],
  [/\b((?:set-)?cookie\\*["']?\s*:\s*\\*["']?)[^\r\n"]+/gi, `$1${GONE}`],
  [new RegExp(String.raw`(--?[\w-]{0,40}${secretName}[\w-]{0,40})(?:=|\s+)${value}`, 'gi'), `$1 ${GONE}`],
  [
    new RegExp(String.raw`([\w.-]{0,40}${secretName}[\w.-]{0,40}(?:\\*["'])?\s*(?:=>|[:=])\s*)${value}`, 'gi'),
    `$1"${GONE}"`,
  ],
  [/\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, GONE],
  [/\bAKIA[0-9A-Z]{16}\b/g, GONE],
  // 256 bits in base64url, as this hub makes its secrets. Fingerprints have the same length, and say so.
  [/(?<!SHA256:)(?<![\w/+-])[A-Za-z0-9_-]{43}(?![\w/+=-])/g, GONE],
  // Ciphers and extensions of OpenSSH are called like addresses.
  [/[\p{L}\p{N}._%+'-]{1,64}@(?!openssh\.com|libssh\.org)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, '<e-mail>'],
]
