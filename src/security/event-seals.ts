import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Seals of events: HMAC-SHA-256 under a key derived from the practice's. See `#platform/eventstore/seal.ts`. */
export type EventSealing = {
  /** Seals with the practice's newest key. */
  readonly sealEvent: (practiceId: string, content: Sealable) => Buffer;
  /** Undefined when the version of the key that the seal names is not known here. */
  readonly isSealOf: (practiceId: string, content: Sealable, seal: Uint8Array) => boolean | undefined;
};

type Sealable = { readonly text: string; readonly bytes: Uint8Array | null };

const nothing = new Uint8Array();

type DataKey = { readonly version: number; readonly key: Buffer };

/** key version (2 bytes) ‖ MAC (32 bytes). The version is under the MAC: each has a key of its own. */
const versionBytes = 2;
const macBytes = 32;

/**
 * @param keyOf the practice's key of that version, by default the newest. Old versions stay: rotation makes a new key for what
 *   is sealed from then on. Erasing a patient destroys none of these.
 */
export function createEventSealing(
  keyOf: (practiceId: string, version?: number) => DataKey | undefined,
): EventSealing {
  const derived = new WeakMap<Buffer, Buffer>();

  function sealingKey(practiceId: string, { version, key }: DataKey): Buffer {
    const known = derived.get(key);
    if (known !== undefined) return known;
    const made = Buffer.from(hkdfSync('sha256', key, '', `event-seal|${practiceId}|${version}`, 32));
    derived.set(key, made);
    return made;
  }

  const mac = (practiceId: string, key: DataKey, content: Sealable) =>
    createHmac('sha256', sealingKey(practiceId, key))
      .update(content.text, 'utf8')
      .update(content.bytes ?? nothing)
      .digest();

  return {
    sealEvent(practiceId, content) {
      const key = keyOf(practiceId);
      if (key === undefined) throw new Error(`practice "${practiceId}" has no key`);
      const seal = Buffer.alloc(versionBytes + macBytes);
      seal.writeUInt16BE(key.version, 0);
      mac(practiceId, key, content).copy(seal, versionBytes);
      return seal;
    },
    isSealOf(practiceId, content, seal) {
      if (seal.length !== versionBytes + macBytes) return false;
      const key = keyOf(practiceId, ((seal[0] ?? 0) << 8) | (seal[1] ?? 0));
      if (key === undefined) return undefined;
      return timingSafeEqual(mac(practiceId, key, content), seal.subarray(versionBytes));
    },
  };
}
