#!/usr/bin/env node
// Runs the command line on the Node that this package pins, whatever Node the machine has. Plain JavaScript, because an
// older Node must be able to read it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const neededMajor = 26;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (Number(process.versions.node.split('.')[0]) >= neededMajor) {
  if (process.connected) {
    // Started by the other branch. When that process is killed we would live on unseen, and hold the port.
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    process.channel?.unref();
  }
  // Halves the time until a command begins. In our own folder: a shared temporary one could be filled by others.
  module.enableCompileCache(join(root, 'node_modules', '.cache', 'vestibule'));
  await import(pathToFileURL(join(root, 'src', 'main.ts')).href);
} else {
  const pinned = join(root, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(pinned)) {
    console.error(`Vestibule needs Node ${neededMajor}; run "npm ci" in ${root}, which installs it.`);
    process.exit(2);
  }
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // The terminal sends Ctrl-C to both; others send to this process alone.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  child.on('error', (error) => {
    console.error(
      `Vestibule's own Node does not run (${error.code}); run "npm ci" in ${root}, which installs it.`,
    );
    process.exit(2);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
