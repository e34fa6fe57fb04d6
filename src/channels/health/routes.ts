import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { type Account, type Accounts, receiverOf } from '../accounts.ts';
import { channelsAnswer } from '../contract.ts';
import { type AccountView, accountAnswer, type SeenOf } from './answer.ts';
import type { Noted } from './health.ts';
import { latestNewsRows, newsHistory, openNews } from './views.ts';

export type ChannelRoutesDeps = {
  readonly db: Db;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly accounts: Accounts;
  /** What came and went, by `channel/accountId`. */
  readonly seen: (tx: Tx) => Promise<ReadonlyMap<string, SeenOf>>;
  /** People to whom each account wrote first within a day, and may, by `channel/accountId`. */
  readonly recipients: (
    tx: Tx,
    accounts: readonly Account[],
  ) => Promise<ReadonlyMap<string, NonNullable<AccountView['recipients']>>>;
  readonly usesTemplate: (practiceId: string, name: string) => boolean;
};

/** News of an account that are shown. */
const historyLimit = 20;

/** `/api/channels`: the practice's channel accounts, how they are, and what was heard of them. No patient data. */
export function channelRoutes(app: FastifyInstance, deps: ChannelRoutesDeps): void {
  const { db, store, clock, accounts } = deps;
  app.withTypeProvider<ZodTypeProvider>().get(
    '/api/channels',
    {
      config: { access: 'staff', action: 'ReadChannels' },
      schema: { response: { 200: channelsAnswer } },
    },
    async (request) => {
      const { practiceId } = request.staff;
      const own = accounts.all.filter((account) => account.practiceId === practiceId);
      const context = {
        now: isoNow(clock),
        usesTemplate: (name: string) => deps.usesTemplate(practiceId, name),
      };
      return await db.tx(practiceId, async (tx) => {
        const { latest, histories } = await readNews(tx, store, own);
        const seen = await deps.seen(tx);
        const recipients = await deps.recipients(tx, own);
        return {
          now: context.now,
          accounts: own.map((account) => {
            const name = nameOf(account);
            return accountAnswer(
              {
                accountId: account.id,
                channel: account.channel,
                number: numberOf(account),
                providerId: receiverOf(account),
                latest: latest.filter((each) => `${each.channel}/${each.accountId}` === name),
                history: histories.get(name) ?? [],
                seen: seen.get(name) ?? {},
                recipients: recipients.get(name),
              },
              context,
            );
          }),
        };
      });
    },
  );
}

const nameOf = ({ channel, id }: Pick<Account, 'channel' | 'id'>) => `${channel}/${id}`;

/** The number that patients write to, where the configuration says it. */
function numberOf(account: Account): string | undefined {
  const id = receiverOf(account);
  const isNumber = account.channel === 'twilio' || account.channel === 'vonage';
  return isNumber && /^\d{7,15}$/.test(id) ? id : undefined;
}

/** A statement for all latest news, one per account for its history, and those that open them. */
async function readNews(tx: Tx, store: EventStore, own: readonly Account[]) {
  const latest = await openNews(tx, store, await latestNewsRows(tx));
  const histories = new Map<string, readonly Noted[]>();
  for (const account of own) {
    const rows = await newsHistory(tx, { channel: account.channel, accountId: account.id }, historyLimit);
    histories.set(nameOf(account), await openNews(tx, store, rows));
  }
  return { latest, histories };
}
