/** What kind of content a text or a variable carries; policy decides by it (architecture §9). */
export const dataClasses = [
  'none',
  'logistics',
  'identity',
  'contact',
  'demographics',
  'coverage',
  'reason',
  'clinical',
  'document',
] as const;

export type DataClass = (typeof dataClasses)[number];

/** How much clinical content a practice lets onto a messaging channel (architecture §9). */
export const contentModes = ['minimal', 'acknowledged', 'open'] as const;

export type ContentMode = (typeof contentModes)[number];
