import type { ReactNode } from 'react';
import './sign-in.css';

/** The quiet page around signing in. */
export function Front({ children }: { readonly children: ReactNode }) {
  return (
    <main className="front">
      <div className="front-box">
        <p className="front-product">
          <svg className="header-mark front-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <rect width="32" height="32" rx="8" />
            <path d="M9 24V12.5a7 7 0 0 1 14 0V24M6 24h20M16 24v-8" />
          </svg>
          Vestibule
        </p>
        {children}
      </div>
    </main>
  );
}
