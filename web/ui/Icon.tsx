/** Line icons of our own, on a grid of 24. They say nothing alone: a word stands beside them, or in the control's label. */
const paths = {
  inbox: 'M4 13 6.5 5h11L20 13v6H4v-6Zm0 0h4.5l1.5 3h4l1.5-3H20',
  calendar: 'M5 6.5h14v13H5v-13ZM5 11h14M9 4v4M15 4v4',
  message: 'M4.5 5.5h15v11h-8l-4 3.5v-3.5h-3v-11Z',
  chart: 'M5 20V11M12 20V5M19 20v-6M3.5 20h17',
  people:
    'M9 11.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM3.5 19.5c0-3 2.3-5 5.5-5s5.5 2 5.5 5M15.5 5.4a3.2 3.2 0 0 1 0 5.8M17 14.8c2.1.5 3.5 2.2 3.5 4.7',
  shield: 'M12 3.8 19 6.5v5c0 4.3-2.8 7.2-7 8.7-4.2-1.5-7-4.4-7-8.7v-5l7-2.7ZM9 12l2.2 2.2L15.2 10',
  settings: 'M4 7.5h9M17 7.5h3M15 5.5v4M4 16.5h3M11 16.5h9M9 14.5v4',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.3 15.3 20 20',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M18.4 5.6l-1.1 1.1M6.7 17.3l-1.1 1.1',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z',
  system: 'M4 5.5h16v10.5H4V5.5ZM9 19.5h6M12 16v3.5',
  chevron: 'm7 10 5 5 5-5',
  back: 'M14.5 6 8.5 12l6 6',
  forward: 'M9.5 6 15.5 12l-6 6',
  plus: 'M12 5.5v13M5.5 12h13',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  more: 'M5.5 12h.01M12 12h.01M18.5 12h.01',
  clock: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 7.5V12l3 2',
  warning: 'M12 4.5 21 19.5H3L12 4.5ZM12 10v4.5M12 17h.01',
  flag: 'M6 20.5V4.5M6 5h11.5l-2.5 4 2.5 4H6',
  note: 'M6 4.5h12v10l-4.5 5H6v-15ZM18 14.5h-4.5v5',
  copy: 'M9 8.5h10v11H9v-11ZM15.5 8.5v-4H5.5v11H9',
  check: 'm5.5 12.5 4.3 4.3L18.5 7.5',
  send: 'M4.5 12 20 4.5 15 20l-3.2-6.8L4.5 12ZM20 4.5l-8.2 8.7',
  person: 'M12 11.5a3.7 3.7 0 1 0 0-7.4 3.7 3.7 0 0 0 0 7.4ZM5 20c0-3.6 2.9-6 7-6s7 2.4 7 6',
  bot: 'M6 9.5h12v9H6v-9ZM12 9.5V6M12 6h.01M9.5 13.5v1M14.5 13.5v1M3.5 12.5v3M20.5 12.5v3',
  eye: 'M3.5 12S6.5 6.5 12 6.5 20.5 12 20.5 12 17.5 17.5 12 17.5 3.5 12 3.5 12ZM12 14.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6Z',
  key: 'M8.5 15.5a4 4 0 1 1 3.7-5.5H20v3.5h-2.5v2.5h-3.5v-2.5h-1.8a4 4 0 0 1-3.7 2ZM8 11.5h.01',
  keyboard: 'M3.5 7h17v10h-17V7ZM7 10.5h.01M10.3 10.5h.01M13.7 10.5h.01M17 10.5h.01M8.5 14h7',
  panel: 'M4 5.5h16v13H4v-13ZM14.5 5.5v13',
  canned: 'M5 5.5h14M5 10h14M5 14.5h8M5 19h5',
  phone: 'M7.5 4.5h9v15h-9v-15ZM11 17h2',
  leave: 'M13.5 5H6v14h7.5M10.5 12H20M17 8.8l3.2 3.2-3.2 3.2',
  refresh: 'M19 12a7 7 0 1 1-2.2-5.1M19.5 4v4h-4',
  filter: 'M4.5 6h15l-6 7v5l-3 1.5V13l-6-7Z',
} as const;

export type IconName = keyof typeof paths;

/** Decoration: hidden from screen readers. */
export function Icon({ name, size }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      className={name === 'more' ? 'icon icon-dots' : 'icon'}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
      {...(size === undefined
        ? {}
        : { width: size, height: size, style: { inlineSize: size, blockSize: size } })}
    >
      <path d={paths[name]} />
    </svg>
  );
}
