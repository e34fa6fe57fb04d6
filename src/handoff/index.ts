export { type HandoffChange, handoffAppends, handoffStream } from './commands.ts';
export { type HandoffContext, handoffContext } from './context.ts';
export type { HandoffEvent } from './events.ts';
