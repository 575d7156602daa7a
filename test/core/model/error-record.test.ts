import { describe, expect, test } from 'vitest';
import { errorFromRecord, recordError } from '../../../src/core/model/error-record.js';
import { BusyError, OperationError } from '../../../src/core/model/errors.js';

const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

describe('an error that crosses threads', () => {
  test('keeps class, message, hint, path and stack', () => {
    const error = new BusyError('Somebody is here.', { hint: 'wait', path: '/a' });
    const copy = errorFromRecord(structuredClone(recordError(error)));
    expect(copy).toBeInstanceOf(BusyError);
    expect(copy).toMatchObject({ message: 'Somebody is here.', hint: 'wait', path: '/a' });
    expect(copy.stack).toBe(error.stack);
    expect(copy.cause).toBeUndefined();
  });

  test('keeps the code of its reason, however deep that is', () => {
    const error = new OperationError('Cannot write packs.', {
      cause: new Error('', { cause: full }),
    });
    expect(errorFromRecord(structuredClone(recordError(error))).cause).toMatchObject({
      code: 'ENOSPC',
    });
    expect(errorFromRecord(recordError(full)).cause).toMatchObject({ code: 'ENOSPC' });
  });

  test('anything else that was thrown is a failure with its text', () => {
    expect(recordError('moo')).toEqual({ kind: 'failure', message: 'moo' });
  });
});
