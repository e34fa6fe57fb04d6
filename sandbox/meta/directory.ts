import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { type Accounts, type IdentityMode, type Owned, portfolioOf, type WhatsAppUser } from './accounts.ts';
import { bsuidOf } from './ids.ts';
import type { Store } from './store.ts';

/** Who is on WhatsApp. */
export type Directory = {
  /** Adds a user, or updates the one with this id. */
  readonly put: (user: WhatsAppUser) => void;
  readonly get: (userId: string) => WhatsAppUser | undefined;
  /** Finds the addressee of a send, by phone number as a business writes it. */
  readonly byPhone: (phone: string, sender: Owned) => WhatsAppUser | undefined;
  readonly byBsuid: (bsuid: string, sender: Owned) => WhatsAppUser | undefined;
};

export function createDirectory({ db, tx }: Store, accounts: Accounts): Directory {
  const put = db.prepare(`
    insert into users (id, profile_name, country, phone, username, identity) values (?, ?, ?, ?, ?, ?)
    on conflict (id) do update set profile_name = excluded.profile_name, country = excluded.country,
      phone = excluded.phone, username = excluded.username, identity = excluded.identity`);
  const putBsuid = db.prepare('insert or replace into bsuids (portfolio, bsuid, user_id) values (?, ?, ?)');
  const byId = db.prepare('select * from users where id = ?');
  const byPhone = db.prepare('select * from users where phone = ?');
  const byBsuid = db.prepare(
    'select users.* from bsuids join users on users.id = bsuids.user_id where portfolio = ? and bsuid = ?',
  );
  return {
    put: (user) =>
      tx(() => {
        put.run(user.id, user.profileName, user.country, user.phone, user.username ?? null, user.identity);
        for (const portfolio of new Set(accounts.all.map(portfolioOf))) {
          putBsuid.run(portfolio, bsuidOf(user, portfolio), user.id);
        }
      }),
    get: (userId) => read(byId.get(userId)),
    byPhone: (phone, sender) => {
      for (const candidate of readings(phone, sender.account.displayPhone)) {
        const found = read(byPhone.get(candidate));
        if (found !== undefined) return found;
      }
      return undefined;
    },
    byBsuid: (bsuid, sender) => {
      // The parent id names the same user; only its infix differs.
      return read(byBsuid.get(portfolioOf(sender), bsuid.replace('.ENT.', '.')));
    },
  };
}

/** The numbers that a `to` may mean: as given, or, without `+`, with the sender's own country code before it. */
function readings(phone: string, displayPhone: string): readonly string[] {
  const digits = phone.replace(/\D/g, '');
  if (phone.trim().startsWith('+')) return [digits];
  const own = parsePhoneNumberFromString(displayPhone)?.countryCallingCode;
  return own === undefined ? [digits] : [digits, `${own}${digits.replace(/^0/, '')}`];
}

function read(row: Record<string, unknown> | undefined): WhatsAppUser | undefined {
  if (row === undefined) return undefined;
  return {
    id: String(row.id),
    profileName: String(row.profile_name),
    country: String(row.country),
    phone: String(row.phone),
    ...(row.username === null ? {} : { username: String(row.username) }),
    identity: identityOf(String(row.identity)),
  };
}

function identityOf(value: string): IdentityMode {
  return value === 'phone' || value === 'bsuid' ? value : 'phone+bsuid';
}
