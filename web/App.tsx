import { localStorageColorSchemeManager, MantineProvider, useMantineColorScheme } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useLayoutEffect } from 'react';
import { queryClient } from './query-client.ts';
import { router } from './router.tsx';
import { cssVariables, theme } from './ui/theme.ts';

/** The one thing that the browser keeps for us. */
const colorSchemeManager = localStorageColorSchemeManager({ key: 'vestibule-color-scheme' });

/** Of this answer of the server; the library's own style sheet carries it. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={colorSchemeManager}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
      deduplicateCssVariables={false}
    >
      <TokensFollowScheme />
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

/** The tokens of `tokens.css` follow the reader's choice, and the system where there is none. */
function TokensFollowScheme() {
  const { colorScheme } = useMantineColorScheme();
  useLayoutEffect(() => {
    if (colorScheme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = colorScheme;
  }, [colorScheme]);
  return null;
}
