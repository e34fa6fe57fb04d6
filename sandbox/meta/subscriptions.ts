import type { Store } from './store.ts';

/** Whether the app hears of a WABA, and where, when the WABA overrides the app's own callback. */
export type Subscription = {
  readonly subscribed: boolean;
  readonly overrideUri?: string;
  readonly verifyToken?: string;
};

export type Subscriptions = {
  /** A WABA that nobody touched is subscribed, as connecting it leaves it. */
  readonly get: (wabaId: string) => Subscription;
  readonly put: (wabaId: string, subscription: Subscription) => void;
};

export function subscriptionsOf({ db }: Store): Subscriptions {
  const get = db.prepare('select * from subscriptions where waba_id = ?');
  const put = db.prepare(
    'insert or replace into subscriptions (waba_id, subscribed, override_uri, verify_token) values (?, ?, ?, ?)',
  );
  return {
    get: (wabaId) => {
      const row = get.get(wabaId);
      if (row === undefined) return { subscribed: true };
      return {
        subscribed: row.subscribed === 1,
        ...(typeof row.override_uri === 'string' ? { overrideUri: row.override_uri } : {}),
        ...(typeof row.verify_token === 'string' ? { verifyToken: row.verify_token } : {}),
      };
    },
    put: (wabaId, { subscribed, overrideUri, verifyToken }) => {
      put.run(wabaId, subscribed ? 1 : 0, overrideUri ?? null, verifyToken ?? null);
    },
  };
}
