import { useState } from 'react';

export type Selection = { readonly practice: string | undefined; readonly patient: string | undefined };

/** Who plays with which practice, kept in the address so that a reload (or a link) comes back to it. */
export function useSelection(): readonly [Selection, (change: Partial<Selection>) => void] {
  const [selection, setSelection] = useState<Selection>(() => {
    const query = new URLSearchParams(location.search);
    return { practice: query.get('practice') ?? undefined, patient: query.get('patient') ?? undefined };
  });
  const select = (change: Partial<Selection>): void => {
    const next = { ...selection, ...change };
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(next)) if (value !== undefined) query.set(name, value);
    history.replaceState(null, '', `?${query}`);
    setSelection(next);
  };
  return [selection, select];
}
