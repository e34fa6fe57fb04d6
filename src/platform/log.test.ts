import { expect, test } from 'vitest';
import { createLog, errorCode, errorPlace, type LogFields } from './log.ts';

function written(fields: Record<string, unknown>): Record<string, unknown> {
  let line = '';
  const log = createLog('debug', {
    write: (text) => {
      line += text;
    },
  });
  // The type refuses other fields; a caller that gets round it must still not leak.
  log.info('event', fields as LogFields);
  return JSON.parse(line);
}

test('only the fields on the list are written', () => {
  const line = written({
    practiceId: 'aurora',
    count: 2,
    phone: '+55 11 95550-0101',
    deep: { phone: '1' },
    err: new Error('Maria'),
  });
  expect(line).toMatchObject({ msg: 'event', practiceId: 'aurora', count: 2 });
  expect(JSON.stringify(line)).not.toMatch(/95550|Maria|deep/);
});

test('an error is told by its code and place, never by its message', () => {
  const error = Object.assign(new Error('duplicate key (name)=(Maria)'), { code: '23505' });
  expect(errorCode(error)).toBe('23505');
  expect(errorCode(new TypeError('Maria is not iterable'))).toBe('TypeError');
  expect(errorCode('Maria')).toBe('UNKNOWN');
  expect(errorPlace(error)).toMatch(/^log\.test\.ts:\d+$/);
  expect(errorPlace('Maria')).toBe('unknown place');
});
