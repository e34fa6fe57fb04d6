import { useState } from 'react';
import { t } from '../texts/t.ts';
import './patient-text.css';
import { clamped, visibleControls } from './visible-text.ts';

/**
 * What a patient (or anybody) wrote: text and nothing but text. Its direction is its own and does not leak into what stands
 * around it, hidden characters are shown, links are not live, and a long one is cut until asked for.
 */
export function PatientText({ text }: { readonly text: string }) {
  const [isWhole, setWhole] = useState(false);
  const shown = visibleControls(text);
  const beginning = clamped(shown);
  return (
    <>
      <span className="patient-text" dir="auto">
        {isWhole ? shown : (beginning ?? shown)}
        {beginning !== undefined && !isWhole && '…'}
      </span>
      {beginning !== undefined && (
        <button
          type="button"
          className="patient-text-more"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {t(isWhole ? 'text.less' : 'text.more')}
        </button>
      )}
    </>
  );
}

/** A short one within a line: a name, a label. */
export function PatientWord({ text }: { readonly text: string }) {
  return <bdi className="patient-word">{visibleControls(text)}</bdi>;
}
