import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../texts/t.ts';
import { Dialog, DialogButtons } from './Dialog.tsx';
import { errorWords } from './States.tsx';

type Props = {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will happen, in words. */
  readonly children: ReactNode;
  /** On the button: the act itself, never "OK". */
  readonly act: string;
  readonly onAct: () => void;
  readonly isBusy: boolean;
  /** Why it did not work: what was thrown, or words. */
  readonly error?: unknown;
  /** It takes something away. */
  readonly isGrave?: boolean;
};

/** Asks before something is done that cannot simply be undone. */
export function Confirm(props: Props) {
  const { error } = props;
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={props.title}>
      <div className="soft">{props.children}</div>
      {error != null && (
        <p className="form-error" role="alert">
          {typeof error === 'string' ? error : errorWords(error)}
        </p>
      )}
      <DialogButtons>
        <Button variant="default" onClick={props.onClose} data-autofocus>
          {t('common.cancel')}
        </Button>
        <Button color={props.isGrave ? 'danger' : 'accent'} loading={props.isBusy} onClick={props.onAct}>
          {props.act}
        </Button>
      </DialogButtons>
    </Dialog>
  );
}
