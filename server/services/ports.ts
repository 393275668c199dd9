/** What services need of the world below; the container hands it in. */
export interface Crypto {
  /** AES-256-GCM; the associated data binds the secret to its row. */
  seal(plaintext: string, associatedData: string): Promise<Uint8Array>
  /** What was sealed. @throws ProblemError `internal` when it was sealed with another key or for another place */
  open(sealed: Uint8Array, associatedData: string): Promise<string>
  /** `SHA256:…` of an OpenSSH public key line. @throws ProblemError `bad_input` when it is none */
  fingerprint(publicKey: string): string
}
