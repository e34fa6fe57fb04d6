/**
 * Milliseconds of real time until a wait is given up: the one limit of all waits. It ends a test that hangs, and says nothing of how
 * fast a thing is, so it is generous: a machine that is many times slower is no failure. Below Vitest's own limit, so that the
 * wait is what is told.
 */
export const patienceMs = 120_000;

/** The same for a whole walk of many steps. */
export const walkPatienceMs = 4 * patienceMs;
