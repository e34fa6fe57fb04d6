import type { RawWebhook } from '#kernel/http.ts';
import { type Provider, providers } from '../providers/index.ts';
import type { Act, Envelope, Person, Unsigned } from '../providers/side.ts';
import { type Random, randomFrom } from '../simulation/random.ts';
import { forgeries } from './webhook-forgeries.ts';
import { isSameDelivery } from './webhook-meaning.ts';
import { type Changed, mutate } from './webhook-mutations.ts';

/**
 * Deliveries that a provider signed, each with something changed: none may pass for the provider's, and none of those that were left as
 * they are may be refused. What the provider itself does not tell apart (Twilio: the order of parameters) is no change.
 */

export type Tally = {
  readonly provider: string;
  readonly mutated: number;
  readonly refused: number;
  readonly accepted: number;
  readonly valid: number;
  readonly refusedValid: number;
  /** How often each way of changing was used. */
  readonly ways: Readonly<Record<string, number>>;
  /** What should not have been, to look at: the way, and what could be seen of it. */
  readonly faults: readonly string[];
};

/** So many changes to one delivery. */
const changesEach = 5;

/** What a delivery is made again for where a change turned out to be none. */
const maxAttempts = 20;

const nowMs = 1_795_000_000_000;

/** @param count of changed deliveries */
export async function fuzzWebhooks(name: string, count: number, seed: number): Promise<Tally> {
  const provider = providers.find((each) => each.name === name);
  if (provider === undefined) throw new Error(`no provider is named "${name}"`);
  const random = randomFrom(seed);
  const tally = { mutated: 0, refused: 0, accepted: 0, valid: 0, refusedValid: 0 };
  const ways: Record<string, number> = {};
  const faults: string[] = [];
  const note = (kind: string, what: string, webhook: RawWebhook) => {
    if (faults.length < 10)
      faults.push(`${kind}: ${what}: ${webhook.url} ${JSON.stringify(webhook.headers)}`);
  };
  let before = signed(provider, random, 0);
  for (let serial = 1; tally.mutated < count; serial++) {
    const valid = signed(provider, random, serial);
    tally.valid++;
    if (!(await provider.verify(valid, nowMs))) {
      tally.refusedValid++;
      note('refused', 'as it was signed', valid);
    }
    for (let change = 0; change < changesEach && tally.mutated < count; change++) {
      const changed = changedFrom(provider, valid, before, random);
      const verify = changed.asStranger === true ? provider.verifyAsStranger : provider.verify;
      tally.mutated++;
      ways[changed.way] = (ways[changed.way] ?? 0) + 1;
      if (await verify(changed.webhook, changed.nowMs)) {
        tally.accepted++;
        note('accepted', changed.way, changed.webhook);
      } else tally.refused++;
    }
    before = valid;
  }
  return { provider: name, ...tally, ways, faults };
}

/** Another one, until it differs in what the provider signs. */
function changedFrom(provider: Provider, valid: RawWebhook, other: RawWebhook, random: Random): Changed {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const forge = forgeries[provider.name];
    const changed =
      forge !== undefined && random.chance(0.15)
        ? forge(provider, valid, nowMs, random)
        : mutate(provider, valid, other, nowMs, random);
    const isTime = changed.nowMs !== nowMs || changed.asStranger === true;
    if (isTime || !isSameDelivery(provider.name, valid, changed.webhook)) return changed;
  }
  throw new Error(`no change to a delivery of ${provider.name} changes it`);
}

function signed(provider: Provider, random: Random, serial: number): RawWebhook {
  const secret = provider.secrets[random.below(2)] ?? provider.secrets[0];
  const unsigned = told(provider, random, serial);
  const { otherwise } = provider;
  const isOtherwise = otherwise !== undefined && random.chance(0.2);
  return provider.deliver(isOtherwise ? otherwise(unsigned) : unsigned, nowMs, secret);
}

function told(provider: Provider, random: Random, serial: number): Unsigned {
  const about: Envelope = {
    id: provider.messageId(serial),
    from: person(random),
    atMs: nowMs - random.below(60_000),
  };
  if (random.chance(0.3)) {
    const sent = provider.render({
      id: `m-${random.below(1e6)}`,
      to: { phone: '12025550143' },
      content: { kind: 'text', text: `Hello ${words(random)}` },
    });
    if ('refused' in sent) throw new Error(`a text is refused: ${sent.refused}`);
    return provider.delivered(sent, about);
  }
  return provider.act(act(provider, random), about);
}

function person(random: Random): Person {
  const phone = `5511${900_000_000 + random.below(1e8)}`;
  const userId = `BR.${1e15 + random.below(1e9)}`;
  const name = words(random).slice(0, 40);
  const ids = [{ phone }, { userId }, { phone, userId }][random.below(3)];
  return { ...ids, name };
}

function act(provider: Provider, random: Random): Act {
  const { capabilities } = provider;
  switch (random.below(6)) {
    case 0:
      return {
        kind: 'tap',
        via: random.chance(0.5) ? 'button' : 'list',
        id: 'a:sex:f',
        title: words(random),
      };
    case 1: {
      const media = capabilities.media.kinds[random.below(capabilities.media.kinds.length)] ?? 'image';
      const mimeType = capabilities.media.types[media]?.[0] ?? 'image/jpeg';
      return { kind: 'media', media, mimeType, caption: words(random) };
    }
    case 2:
      return { kind: 'reaction', targetId: provider.messageId(random.below(1000)), emoji: '👍' };
    case 3:
      return { kind: 'form', answers: { name: words(random), age: random.below(100) } };
    default:
      return { kind: 'text', text: random.chance(0.01) ? words(random).repeat(300) : words(random) };
  }
}

const letters = [
  'abcdefghij klmnop.,!?',
  'áçãõéíñü ¿¡',
  'שלום عرب ',
  '你好 医生 ',
  '👋🏽👩‍⚕️😀 ',
  '&=%+#"\\\n\t{}<>',
  '\u0000\u202e\ufeff',
];

function words(random: Random): string {
  const alphabet = [...(letters[random.below(letters.length)] ?? 'a')];
  const length = 1 + random.below(random.chance(0.1) ? 400 : 40);
  return Array.from({ length }, () => alphabet[random.below(alphabet.length)]).join('');
}
