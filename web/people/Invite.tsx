import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { StaffRole } from '#security/contract.ts';
import { people } from '../api.ts';
import { t } from '../texts/t.ts';
import { Dialog, DialogButtons } from '../ui/Dialog.tsx';
import { errorWords } from '../ui/States.tsx';
import { OneTimeLink } from './OneTimeLink.tsx';
import { RoleChoice } from './RoleChoice.tsx';

/** A new person: their name, what they do, and then the link that lets them in. */
export function Invite({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<StaffRole>('front-desk');
  const [isMissing, setMissing] = useState(false);
  const invite = useMutation({
    mutationFn: () => people.invite({ name: name.trim(), role }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['people'] }),
    // The link is nobody's business once the dialog is closed.
    gcTime: 0,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(name.trim() === '');
    if (name.trim() !== '') invite.mutate();
  };
  // With the link shown, a slip beside the dialog must not take it away.
  return (
    <Dialog opened title={t('people.inviteTitle')} {...(invite.data ? {} : { onClose })}>
      {invite.data ? (
        <OneTimeLink invitation={invite.data} name={name.trim()} onClose={onClose} />
      ) : (
        <form className="invite" onSubmit={submit} noValidate>
          <TextInput
            label={t('people.name')}
            data-autofocus
            required
            withAsterisk={false}
            maxLength={80}
            autoComplete="off"
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            error={isMissing && name.trim() === '' && t('people.nameMissing')}
          />
          <RoleChoice role={role} onRole={setRole} />
          {invite.isError && (
            <p className="form-error" role="alert">
              {errorWords(invite.error)}
            </p>
          )}
          <DialogButtons>
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={invite.isPending}>
              {t('people.makeLink')}
            </Button>
          </DialogButtons>
        </form>
      )}
    </Dialog>
  );
}
