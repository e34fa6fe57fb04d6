import './json.css';

/** A value as JSON, keys set apart from values. */
export function Json({ value, label }: { readonly value: unknown; readonly label: string }) {
  const lines = escaped(JSON.stringify(value, undefined, 2) ?? 'undefined');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keys
    <section className="json" aria-label={label} tabIndex={0}>
      <pre>
        {lines.split(/("(?:[^"\\]|\\.)*"(?=:))/).map((part, index) =>
          index % 2 === 1 ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one fixed text never move
            <span key={index} className="json-key">
              {part}
            </span>
          ) : (
            part
          ),
        )}
      </pre>
    </section>
  );
}

/** `JSON.stringify` leaves the characters that reorder text as they are; escaped they mean the same and show themselves. */
function escaped(json: string): string {
  return json.replace(
    /[\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
