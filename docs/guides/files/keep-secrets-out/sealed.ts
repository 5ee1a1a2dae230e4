import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { JournalValueCodec } from "@restatedev/restate-sdk";

const ALGORITHM = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts whatever a handler hands to Restate: results of steps, calls and their answers, state, the handler's own answer.
 *
 * @param key 32 bytes, the same in every process that serves or calls these handlers
 * @throws Error from `decode` for what was not encrypted with this key
 */
export const sealed = (key: Buffer): JournalValueCodec => ({
  encode: (value) => {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, iv);
    const text = Buffer.concat([cipher.update(value), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), text]);
  },
  decode: async (value) => {
    // "No value" reaches the codec as no bytes.
    if (value.length === 0) return value;
    const bytes = Buffer.from(value);
    if (bytes.length < IV_BYTES + TAG_BYTES) throw new Error("it is not encrypted: send it through the door");
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    } catch {
      throw new Error("it is not encrypted with this key: send it through the door");
    }
  },
});

/** The key from the environment: 32 bytes in hexadecimal, made by `openssl rand -hex 32`. */
export function journalKey(): Buffer {
  const key = Buffer.from(process.env.JOURNAL_KEY ?? "", "hex");
  if (key.length !== 32) throw new Error("JOURNAL_KEY takes 32 bytes in hexadecimal: openssl rand -hex 32");
  return key;
}
