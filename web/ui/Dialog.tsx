import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../texts/t.ts';
import './dialog.css';

type Props = {
  readonly opened: boolean;
  readonly title: string;
  readonly children: ReactNode;
  /** Without it the dialog cannot be left. */
  readonly onClose?: () => void;
  /** The title is read out, and not shown: the content begins with an input of its own. */
  readonly bare?: boolean;
  readonly wide?: boolean;
};

/** A dialog over the page: the focus goes into it, stays, and returns to where it was. */
export function Dialog({ opened, title, children, onClose, bare = false, wide = false }: Props) {
  const close = onClose ?? (() => undefined);
  const mayLeave = onClose !== undefined;
  return (
    <Modal.Root
      opened={opened}
      onClose={close}
      closeOnEscape={mayLeave}
      closeOnClickOutside={mayLeave}
      withinPortal={false}
      // The page itself never scrolls, so there is nothing to lock.
      lockScroll={false}
      transitionProps={{ duration: 120 }}
      size={wide ? 'lg' : 'md'}
      centered={!bare}
      {...(bare ? { yOffset: '10vh' } : {})}
    >
      <Modal.Overlay />
      <Modal.Content {...(bare ? { 'aria-label': title } : {})}>
        {!bare && (
          <div className="dialog-head">
            <Modal.Title>{title}</Modal.Title>
            {mayLeave && <Modal.CloseButton aria-label={t('common.close')} />}
          </div>
        )}
        <Modal.Body {...(bare ? { p: 0 } : {})}>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** The buttons at the end of a dialog. */
export function DialogButtons({ children }: { readonly children: ReactNode }) {
  return <div className="dialog-buttons">{children}</div>;
}
