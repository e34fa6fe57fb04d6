export { type Account, type Accounts, accountsOf, sameSigner } from './accounts.ts';
export { createDeliveryStore, type DeliveryStore } from './commands.ts';
export {
  type DeliveryKey,
  type ReadDelivery,
  readDeliveries,
  UnreadableDelivery,
} from './deliveries/commands.ts';
export {
  conversationsOfSameUsers,
  deliveriesNaming,
  forgetThreads,
  type HeldDelivery,
  removeDeliveries,
} from './erasure/commands.ts';
export { eachDelivery, ingestQueue } from './jobs.ts';
export type { MetaAccount } from './meta/account.ts';
export { type ChannelName, channels, isChannelName, pausingNames } from './registry.ts';
export { webhookRoutes } from './routes.ts';
export {
  conversationsFor,
  moveAddresses,
  readThread,
  readThreads,
  setThreadSubjects,
  type Thread,
  ThreadRaced,
  touchThreads,
} from './threads/commands.ts';
