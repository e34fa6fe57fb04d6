export { type Account, type Accounts, accountsOf, sameSigner } from './accounts.ts';
export {
  conversationFor,
  createDeliveryStore,
  type DeliveryStore,
  ingestQueue,
  type ReadDelivery,
  readDelivery,
  readThread,
  setThreadSubject,
  type Thread,
  touchThread,
} from './commands.ts';
export type { MetaAccount } from './meta/account.ts';
export { type ChannelName, channels, isChannelName } from './registry.ts';
export { webhookRoutes } from './routes.ts';
