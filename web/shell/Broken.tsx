import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { t } from '../texts/t.ts';
import { EmptyState } from '../ui/States.tsx';

/** There is no such address, or nothing that one may see. */
export function NoSuchScreen() {
  return (
    <EmptyState icon="search" title={t('state.nowhere')}>
      <Link to="/">{t('state.home')}</Link>
    </EmptyState>
  );
}

/** A part of the page could not be loaded or drawn; a newer release may have taken its place. */
export function BrokenScreen() {
  return (
    <EmptyState icon="warning" title={t('state.broken')}>
      <p>{t('state.brokenAbout')}</p>
      <Button mt="sm" variant="default" onClick={() => window.location.reload()}>
        {t('state.reload')}
      </Button>
    </EmptyState>
  );
}
