export { figureRoutes } from './routes.ts';
export { countFigures, figuresOfDays, forgetFigures } from './views.ts';
