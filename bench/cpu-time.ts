import { readdir, readFile } from 'node:fs/promises';

/**
 * Processor time of processes, from Linux's `/proc`: a figure that says the same on a machine that others use too. Elsewhere there is
 * none, and the figures are left out.
 */

/** Of a second, Linux's unit in `/proc/<pid>/stat` (`getconf CLK_TCK`; 100 on every architecture that Node runs on). */
const ticksPerSecond = 100;

type Stat = { readonly parent: number; readonly ticks: number };

/** Own time and that of children that have ended. Source: proc(5), fields 4 and 14 to 17; the name before may hold anything. */
async function statOf(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (text === undefined) return undefined;
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent = 0] = fields;
  return { parent, ticks: fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) };
}

/** Seconds of processor time that a process and its living children have used so far; undefined where nobody tells. */
export async function cpuSeconds(pid: number): Promise<number | undefined> {
  const own = await statOf(pid);
  if (own === undefined) return undefined;
  let { ticks } = own;
  for (const name of await readdir('/proc')) {
    const child = /^\d+$/.test(name) ? await statOf(Number(name)) : undefined;
    if (child?.parent === pid) ticks += child.ticks;
  }
  return ticks / ticksPerSecond;
}

/** Megabytes that a process has had in memory at most so far; undefined where nobody tells. */
export async function peakMegabytes(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}
