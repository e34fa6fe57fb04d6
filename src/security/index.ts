export { type KeyProvider, openKeyProvider } from './key-provider.ts';
export { createSealer, KeyDestroyed, practiceSubject, type Sealer } from './sealing.ts';
