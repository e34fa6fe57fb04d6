import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type UserConfig } from 'vite';

/** One web app of Vestibule: where its sources lie and under which path it is served. */
export type Face = {
  readonly name: string;
  /** Folder with its `index.html`, from the root of the repository. */
  readonly root: string;
  /** URL path that it is served under, with both slashes. */
  readonly base: string;
};

/** Each is built to `dist/<name>/`. The patient pages join this list. */
export const faces: readonly Face[] = [
  { name: 'sandbox', root: 'sandbox/page', base: '/sandbox/' },
  { name: 'staff', root: 'web', base: '/' },
];

/** The Vite settings of one face. The pages are served under a strict CSP: nothing may be inlined into the HTML or as `data:`. */
export function faceConfig(face: Face): UserConfig {
  return {
    root: fileURLToPath(new URL(face.root, import.meta.url)),
    base: face.base,
    plugins: [react()],
    build: {
      outDir: fileURLToPath(new URL(`dist/${face.name}`, import.meta.url)),
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
    server: { proxy: { [`${face.base}api`]: 'http://127.0.0.1:8080' } },
  };
}

/** For `vite --mode <face>`: a development server with the product running beside it. */
export default defineConfig(({ mode }) => {
  const face = faces.find(({ name }) => name === mode) ?? faces[0];
  if (!face) throw new Error('no face to build');
  return faceConfig(face);
});
