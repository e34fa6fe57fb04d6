import './icon.css';

/** Outline icons on a 24-unit grid, drawn for this page. */
const paths = {
  send: 'M4 12 20 4l-5 16-3.5-6.5zM11.5 13.5 20 4',
  plus: 'M12 5v14M5 12h14',
  photo: 'M4 6h16v12H4zM4 16l4.5-4.5 3.5 3.5 3-3 5 5M15.5 9.5h.01',
  microphone:
    'M12 4a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0v-5A2.5 2.5 0 0 1 12 4zM6.5 11.5a5.5 5.5 0 0 0 11 0M12 17v3',
  document: 'M7 4h7l4 4v12H7zM14 4v4h4M10 12.5h5M10 16h5',
  place: 'M12 20.5s6-5.3 6-10.3a6 6 0 0 0-12 0c0 5 6 10.3 6 10.3zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  sticker: 'M12 4a8 8 0 0 1 8 8l-8 8a8 8 0 0 1 0-16zM20 12h-5a3 3 0 0 0-3 3v5M9 9.5h.01M14 8.5h.01',
  list: 'M9 7h11M9 12h11M9 17h11M5 7h.01M5 12h.01M5 17h.01',
  close: 'M6 6l12 12M18 6 6 18',
  before: 'M14 6l-6 6 6 6',
  after: 'M10 6l6 6-6 6',
  open: 'M14 4h6v6M20 4l-9 9M18 13v6H5V6h6',
  chevron: 'M7 10l5 5 5-5',
  down: 'M12 5v14M6 13l6 6 6-6',
  clock: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4.5l3 1.8',
  fault: 'M13 3 5.5 13.5H12L11 21l7.5-10.5H12z',
  warning: 'M12 4.5 21 19.5H3zM12 10v4.5M12 17h.01',
  patient: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20a7 7 0 0 1 14 0',
  message: 'M5 5h14v11H10l-4 3.5V16H5z',
  reply: 'M10 7 5 12l5 5M5 12h9a5 5 0 0 1 5 5v1',
  answer: 'M5 12.5l4.5 4.5L19 7.5',
  question: 'M9 9.2a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2.1M12 17.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z',
  consent: 'M12 3.5 5.5 6v5.5c0 4.5 2.8 7.3 6.5 9 3.7-1.7 6.5-4.5 6.5-9V6zM9 12l2.2 2.2L15.2 10',
  coverage: 'M3.5 6.5h17v11h-17zM3.5 10.5h17M7 14.5h4',
  form: 'M6 4h12v16H6zM9 9h6M9 12.5h6M9 16h3',
  filed: 'M4 13.5h4.5l1.5 3h4l1.5-3H20M4 13.5 6.5 5h11L20 13.5V19H4z',
  search: 'M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM15.5 15.5 20 20',
  person:
    'M8.5 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 19a5.5 5.5 0 0 1 11 0M15 5.3a3 3 0 0 1 0 5.4M17 14.2a5.5 5.5 0 0 1 4 4.8',
  stop: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM6 6l12 12',
  language: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c5 5.5 5 12.5 0 18M12 3c-5 5.5-5 12.5 0 18',
  calendar: 'M5 6h14v14H5zM5 10h14M9 3.5v4M15 3.5v4',
  dot: 'M12 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z',
  code: 'M9 7l-5 5 5 5M15 7l5 5-5 5',
  play: 'M8 5.5v13l11-6.5z',
  refresh: 'M19 12a7 7 0 1 1-2-5M19 4v4h-4',
  phone: 'M8 3h8v18H8zM11 18h2',
} as const;

export type IconName = keyof typeof paths;

/** Decoration only: the word beside it, or the control's label, says what it means. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
