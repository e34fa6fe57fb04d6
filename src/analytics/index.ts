export { figureRoutes } from './routes.ts';
export {
  type Traffic,
  type TrafficWithHours,
  trafficOfAccounts,
  trafficWithHours,
} from './traffic/views.ts';
export { countFigures, figuresOfDays, forgetFigures } from './views.ts';
