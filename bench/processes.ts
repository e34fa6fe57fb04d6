import { readdir, readFile } from 'node:fs/promises';

/**
 * What processes cost, read from `/proc` (Linux only; elsewhere the figures are not printed). Processor time says what a thing
 * costs whatever else the machine does meanwhile; a rate does not.
 */

/** Clock ticks per second in `/proc/<pid>/stat`: `USER_HZ`, which is 100 on every Linux that Node.js runs on. */
const ticksPerSecond = 100;

type Stat = { readonly parent: number; readonly name: string; readonly ticks: number };

/** Source: proc_pid_stat(5): comm is field 2, ppid 4, utime 14, stime 15, cutime 16, cstime 17. */
async function readStat(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0);
  return { parent: Number(fields[1]), name: text.slice(text.indexOf('(') + 1, end), ticks };
}

/** Seconds of processor time of a process and its children that have ended; undefined where there is no `/proc`. */
export async function processorSeconds(pid: number): Promise<number | undefined> {
  const stat = await readStat(pid);
  return stat && stat.ticks / ticksPerSecond;
}

/** The same for a process with all its children, those that run too. */
export async function familySeconds(pid: number): Promise<number | undefined> {
  const own = await readStat(pid);
  if (own === undefined) return undefined;
  let ticks = own.ticks;
  for (const entry of await readdir('/proc')) {
    const stat = /^\d+$/.test(entry) ? await readStat(Number(entry)) : undefined;
    if (stat?.parent === pid) ticks += stat.ticks;
  }
  return ticks / ticksPerSecond;
}

/** Bytes of memory that a process holds; undefined where there is no `/proc`. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
