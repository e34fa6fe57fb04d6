import { Button, Radio } from '@mantine/core';
import { useState } from 'react';
import type { RoutingAnswer } from '#handoff/contract.ts';
import { t, tCode } from '../texts/t.ts';
import { Dialog, DialogButtons } from '../ui/Dialog.tsx';

type Props = {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly colleagues: RoutingAnswer['colleagues'];
  /** Who has it now. */
  readonly ownerId: string | undefined;
  readonly onAssign: (staffId: string) => void;
};

/** Gives the conversation to a colleague. */
export function AssignDialog(props: Props) {
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={t('assign.title')}>
      <Choice {...props} />
    </Dialog>
  );
}

function Choice({ colleagues, ownerId, onAssign, onClose }: Props) {
  const [staffId, setStaffId] = useState('');
  const others = colleagues.filter((colleague) => colleague.staffId !== ownerId);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (staffId === '') return;
        onAssign(staffId);
        onClose();
      }}
    >
      {others.length === 0 ? (
        <p className="soft">{t('assign.nobody')}</p>
      ) : (
        <Radio.Group value={staffId} onChange={setStaffId} label={t('assign.to')}>
          <div className="choices">
            {others.map((colleague) => (
              <Radio
                key={colleague.staffId}
                value={colleague.staffId}
                label={colleague.name}
                description={tCode('role', colleague.role)}
              />
            ))}
          </div>
        </Radio.Group>
      )}
      <DialogButtons>
        <Button variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" disabled={staffId === ''}>
          {t('assign.do')}
        </Button>
      </DialogButtons>
    </form>
  );
}
