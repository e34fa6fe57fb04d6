import { visibleControls } from '../format.ts';

/** What a patient (or a machine) wrote, as text: isolated from the direction around it, hidden characters shown. */
export function PatientText({ children }: { readonly children: string }) {
  return <bdi>{visibleControls(children)}</bdi>;
}
