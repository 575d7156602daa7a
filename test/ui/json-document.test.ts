import { expect, test } from 'vitest';
import { renderDocument } from '../../src/ui/json-document.js';

test('a document names its schema first and shows maps, bytes and big integers', () => {
  const fields = { counts: new Map([['text', 3]]), bytes: new Uint8Array([1, 2]), size: 2n ** 60n };
  expect(renderDocument(fields)).toBe(
    '{"schema":1,"counts":{"text":3},"bytes":"AQI=","size":"1152921504606846976"}\n',
  );
});
