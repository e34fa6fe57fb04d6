import { Button, CopyButton, TextInput } from '@mantine/core';
import type { z } from 'zod';
import type { inviteAnswer } from '#security/contract.ts';
import { t } from '../texts/t.ts';
import { DialogButtons } from '../ui/Dialog.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Time } from '../ui/Time.tsx';

export type Invitation = z.infer<typeof inviteAnswer>;

/** The link with which a person makes their passkey. It is told this once, and lives in this dialog only. */
export function OneTimeLink(props: {
  readonly invitation: Invitation;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const { link, expiresAt } = props.invitation;
  return (
    <div className="one-time">
      <p>{t('people.linkAbout', { name: props.name })}</p>
      <TextInput
        label={t('people.link')}
        readOnly
        value={link}
        data-autofocus
        onFocus={({ currentTarget }) => currentTarget.select()}
        classNames={{ input: 'one-time-link' }}
      />
      <p className="soft small">
        {t('people.linkEnds')} <Time at={expiresAt} />. {t('people.linkOnce')}
      </p>
      <DialogButtons>
        <CopyButton value={link} timeout={4_000}>
          {({ copied, copy }) => (
            <Button leftSection={<Icon name={copied ? 'check' : 'copy'} />} onClick={copy}>
              <span aria-live="polite">{t(copied ? 'people.copied' : 'people.copy')}</span>
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={props.onClose}>
          {t('people.done')}
        </Button>
      </DialogButtons>
    </div>
  );
}
