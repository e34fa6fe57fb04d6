import './json.css';

/** A value as JSON, keys set apart from values. */
export function Json({ value, label }: { readonly value: unknown; readonly label: string }) {
  const lines = JSON.stringify(value, undefined, 2) ?? 'undefined';
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
