import type { Tx } from '#platform/db/db.ts';
import type { EventStore, View } from '#platform/eventstore/store.ts';

/** What a view held before it was rebuilt, and after. */
export type Rebuilt = {
  readonly view: string;
  readonly live: readonly string[];
  readonly rebuilt: readonly string[];
};

/** Begins with the form's version and the key's; hashes, which must stay as they are, are shorter. */
const sealed = /x0100[0-9a-f]{80,}/g;

/** Every row with every column. What is sealed anew looks otherwise each time: that it is there must stay. */
export async function rowsOf(tx: Tx, tables: readonly string[]): Promise<readonly string[]> {
  const rows: string[] = [];
  for (const table of tables) {
    const found = await tx.query<{ row: string }>(
      `select t::text as row from ${table} t where practice_id = $1 order by 1`,
      [tx.practiceId],
    );
    rows.push(...found.map(({ row }) => `${table} ${row.replaceAll(sealed, 'sealed')}`).toSorted());
  }
  return rows;
}

/** Empties every view and writes it again from the events. */
export async function rebuiltViews(product: {
  readonly db: { readonly tx: <T>(practiceId: string, work: (tx: Tx) => Promise<T>) => Promise<T> };
  readonly deps: { readonly store: EventStore };
  readonly views: readonly View[];
}): Promise<readonly Rebuilt[]> {
  const all: Rebuilt[] = [];
  for (const view of product.views) {
    all.push(
      await product.db.tx('aurora', async (tx) => {
        const live = await rowsOf(tx, view.tables);
        await product.deps.store.rebuild(tx, view);
        return { view: view.name, live, rebuilt: await rowsOf(tx, view.tables) };
      }),
    );
  }
  return all;
}
