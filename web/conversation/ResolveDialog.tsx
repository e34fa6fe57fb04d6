import { Button, Radio, Switch } from '@mantine/core';
import { useState } from 'react';
import type { RoutingAnswer } from '#handoff/contract.ts';
import { t } from '../texts/t.ts';
import { Dialog, DialogButtons } from '../ui/Dialog.tsx';

type Props = {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly codes: RoutingAnswer['resolutionCodes'];
  readonly onResolve: (code: string, resume: boolean) => void;
};

/** Ends the conversation with a person: how it ended, and whether the assistant goes on. */
export function ResolveDialog(props: Props) {
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={t('resolve.title')}>
      <Ending {...props} />
    </Dialog>
  );
}

function Ending({ codes, onResolve, onClose }: Props) {
  const [code, setCode] = useState('');
  const [resume, setResume] = useState(false);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (code === '') return;
        onResolve(code, resume);
        onClose();
      }}
    >
      <Radio.Group value={code} onChange={setCode} label={t('resolve.how')}>
        <div className="choices">
          {codes.map(({ id, name }) => (
            <Radio key={id} value={id} label={name} />
          ))}
        </div>
      </Radio.Group>
      <Switch
        mt="md"
        checked={resume}
        onChange={(event) => setResume(event.currentTarget.checked)}
        label={t('resolve.resume')}
        description={t('resolve.resumeAbout')}
      />
      <DialogButtons>
        <Button variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" disabled={code === ''}>
          {t('head.resolve')}
        </Button>
      </DialogButtons>
    </form>
  );
}
