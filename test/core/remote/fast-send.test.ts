import { expect, test } from 'vitest';
import {
  ConflictError,
  IntegrityError,
  OperationError,
  RemoteError,
} from '../../../src/core/model/errors.js';
import { parseHash } from '../../../src/core/model/hash.js';
import { sendObjects } from '../../../src/core/remote/fast-send.js';
import type { Pace } from '../../../src/core/remote/retry.js';
import { problemFrame } from '../../../src/core/wire/fast/conversation.js';
import { type Frame, rawFrame } from '../../../src/core/wire/fast/frame.js';
import { acknowledgementFrame } from '../../../src/core/wire/fast/payloads.js';
import { readFrames, writeFrames } from '../../../src/core/wire/fast/stream.js';
import { fakePace } from '../../helpers/fake-pace.js';
import { clientOf, collect, failureOf } from '../../helpers/remote-client.js';
import type { Exchange } from '../../helpers/scripted-server.js';

const limits = { maxRequestBytes: 1e9, parallelRequests: 3 };

/** Frames whose first bytes are their number; the server of these tests does not look further. */
function framesOf(count: number, size = 1000): Frame[] {
  return Array.from({ length: count }, (_, index) => {
    const payload = new Uint8Array(size);
    new DataView(payload.buffer).setUint32(0, index);
    return rawFrame('records', payload, 2);
  });
}

function numberOf(frame: Frame): number {
  return new DataView(frame.payload.buffer).getUint32(0);
}

/** A clock that stands still: waits last until they are aborted. */
function endlessPace(): Pace {
  const sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  return { now: () => 0, sleep, random: () => 0 };
}

async function answer(exchange: Exchange, frames: AsyncIterable<Frame>): Promise<void> {
  for await (const piece of writeFrames(frames)) {
    if (exchange.response.destroyed) return;
    exchange.response.write(piece);
  }
  exchange.response.end();
}

/** Counts what comes, as an honest server does. */
class Counter {
  frameCount = 0;
  itemCount = 0;
  storedBytes = 0;

  add(frame: Frame): void {
    this.frameCount++;
    this.itemCount += frame.itemCount;
    this.storedBytes += frame.payload.length;
  }

  frame(): Frame {
    return acknowledgementFrame(this);
  }
}

/** Stores what comes and acknowledges after every `step` frames and at the end. */
async function* storing(exchange: Exchange, stored: number[], step = 1): AsyncGenerator<Frame> {
  const counter = new Counter();
  for await (const frame of readFrames(exchange.incoming)) {
    counter.add(frame);
    stored.push(numberOf(frame));
    if (counter.frameCount % step === 0) yield counter.frame();
  }
  yield counter.frame();
}

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

test('sends all frames, in as many requests at once as the server wishes', async () => {
  const stored: number[] = [];
  const { client, server } = await clientOf(
    (exchange) => answer(exchange, storing(exchange, stored, 5)),
    { jobs: 8, pace: endlessPace() },
  );
  let items = 0;
  let bytes = 0;
  const onDurable = (itemCount: number, storedBytes: number) => {
    items += itemCount;
    bytes += storedBytes;
  };
  await sendObjects(client, framesOf(200), limits, { onDurable });
  expect(sorted(stored)).toEqual(upTo(200));
  expect([items, bytes]).toEqual([400, 200_000]);
  expect(server.requests.length).toBeLessThanOrEqual(3);
  expect(server.lines()[0]).toBe('POST /api/repos/ada/cats/fast/objects');
});

test('sends nothing when there is nothing', async () => {
  const { client, server } = await clientOf(() => {});
  await sendObjects(client, [], limits);
  expect(server.requests).toHaveLength(0);
});

test('starts another request when one has carried what the server wishes', async () => {
  const stored: number[] = [];
  const { client, server } = await clientOf((exchange) =>
    answer(exchange, storing(exchange, stored)),
  );
  await sendObjects(client, framesOf(20), { maxRequestBytes: 3000, parallelRequests: 2 });
  expect(sorted(stored)).toEqual(upTo(20));
  expect(server.requests.length).toBeGreaterThanOrEqual(7);
});

test('keeps no more than the window unacknowledged, and takes no more from its source', async () => {
  let taken = 0;
  const source = function* () {
    for (const frame of framesOf(100)) {
      taken++;
      yield frame;
    }
  };
  const most: number[] = [];
  const { client } = await clientOf(
    (exchange) =>
      answer(
        exchange,
        (async function* () {
          const counter = new Counter();
          for await (const frame of readFrames(exchange.incoming)) {
            counter.add(frame);
            if (counter.frameCount % 10 !== 0) continue;
            for (let turn = 0; turn < 50; turn++) await new Promise((go) => setImmediate(go));
            most.push(taken - (counter.frameCount - 10));
            yield counter.frame();
          }
        })(),
      ),
    { pace: endlessPace(), jobs: 1 },
  );
  await sendObjects(client, source(), limits, { windowBytes: 10_000 });
  expect(most).toEqual(Array(10).fill(10));
});

test('sends again only what was not acknowledged when a connection breaks', async () => {
  const stored: number[] = [];
  const acknowledged = new Set<number>();
  let onAcknowledged = () => {};
  const { client } = await clientOf(
    async (exchange) => {
      if (exchange.number > 2) return answer(exchange, storing(exchange, stored));
      const counter = new Counter();
      const seen: number[] = [];
      const heard = new Promise<void>((resolve) => {
        onAcknowledged = resolve;
      });
      await answer(
        exchange,
        (async function* () {
          for await (const frame of readFrames(exchange.incoming)) {
            counter.add(frame);
            seen.push(numberOf(frame));
            if (counter.frameCount < 8) continue;
            if (counter.frameCount > 8) break;
            for (const number of seen) acknowledged.add(number);
            yield counter.frame();
          }
          await heard;
          exchange.response.destroy();
        })(),
      );
    },
    { jobs: 1 },
  );
  const onDurable = () => onAcknowledged();
  await sendObjects(client, framesOf(60), limits, { windowBytes: 10_000, onDurable });
  expect(acknowledged.size).toBe(24);
  expect(stored.some((number) => acknowledged.has(number))).toBe(false);
  expect(sorted([...stored, ...acknowledged])).toEqual(upTo(60));
});

test('loses no frame that its source gives while a connection breaks', async () => {
  const stored: number[] = [];
  let release = () => {};
  const source = async function* () {
    const frames = framesOf(6);
    yield* frames.slice(0, 3);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    yield* frames.slice(3);
  };
  const { client, server } = await clientOf(
    async (exchange) => {
      if (exchange.number > 0) {
        release();
        return answer(exchange, storing(exchange, stored));
      }
      let count = 0;
      for await (const frame of readFrames(exchange.incoming)) {
        expect(numberOf(frame)).toBe(count);
        if (++count === 3) exchange.response.destroy();
      }
    },
    { jobs: 1 },
  );
  await sendObjects(client, source(), limits);
  expect(stored).toEqual(upTo(6));
  expect(server.requests.length).toBeGreaterThan(1);
});

test('goes on elsewhere when a server ends a request before everything is stored', async () => {
  const stored: number[] = [];
  const { client } = await clientOf(
    (exchange) => {
      if (exchange.number > 0) return answer(exchange, storing(exchange, stored));
      return answer(
        exchange,
        (async function* () {
          const counter = new Counter();
          for await (const frame of readFrames(exchange.incoming)) {
            counter.add(frame);
            stored.push(numberOf(frame));
            if (counter.frameCount === 4) break;
          }
          yield counter.frame();
        })(),
      );
    },
    { jobs: 1 },
  );
  await sendObjects(client, framesOf(50), limits, { windowBytes: 10_000 });
  expect(sorted(stored)).toEqual(upTo(50));
});

test('ends requests early where answers come only after them, as behind a proxy that buffers', async () => {
  const stored: number[] = [];
  const pace = fakePace();
  const { client, server } = await clientOf(
    async (exchange) => {
      const counter = new Counter();
      for (const frame of await collect(readFrames([await exchange.readBody()]))) {
        counter.add(frame);
        stored.push(numberOf(frame));
      }
      await exchange.bytes(200, Buffer.concat(await collect(writeFrames([counter.frame()]))));
    },
    { pace, jobs: 1 },
  );
  await sendObjects(client, framesOf(50), limits, { windowBytes: 10_000, patienceMs: 777 });
  expect(stored).toEqual(upTo(50));
  expect(server.requests).toHaveLength(5);
  expect(pace.waits).toEqual([777]);
});

test('gives up after five further tries without progress', async () => {
  const pace = fakePace(0);
  const { client, server } = await clientOf(({ response }) => void response.destroy(), {
    pace,
    jobs: 1,
  });
  expect(await failureOf(sendObjects(client, framesOf(3), limits))).toBeInstanceOf(RemoteError);
  expect(server.requests).toHaveLength(6);
  expect(pace.waits).toEqual([1000, 4000, 9000, 16_000, 25_000]);
});

test('stops all requests at the first problem that the server tells', async () => {
  let taken = 0;
  const source = function* () {
    for (const frame of framesOf(100_000, 100)) {
      taken++;
      yield frame;
    }
  };
  const message = 'the directory img differs between commits 12ab and 34cd';
  const problem = problemFrame({ hash: parseHash('ab'), code: 'conflict', message });
  const { client } = await clientOf((exchange) =>
    answer(
      exchange,
      (async function* () {
        const counter = new Counter();
        for await (const frame of readFrames(exchange.incoming)) {
          counter.add(frame);
          yield counter.frame();
          if (counter.frameCount === 20 && exchange.number === 0) yield problem;
        }
      })(),
    ),
  );
  const failure = await failureOf(sendObjects(client, source(), limits, { windowBytes: 10_000 }));
  expect(failure).toBeInstanceOf(ConflictError);
  expect(failure.message).toContain(message);
  expect(taken).toBeLessThan(100_000);
});

const lies: readonly (readonly [string, Parameters<typeof acknowledgementFrame>[0]])[] = [
  ['more frames', { frameCount: 1000, itemCount: 2000, storedBytes: 1_000_000 }],
  ['other bytes', { frameCount: 1, itemCount: 2, storedBytes: 999 }],
  ['other items', { frameCount: 1, itemCount: 3, storedBytes: 1000 }],
];

test.each(lies)('refuses an acknowledgement of %s than were sent', async (_, acknowledgement) => {
  const { client } = await clientOf((exchange) =>
    answer(
      exchange,
      (async function* () {
        for await (const _frame of readFrames(exchange.incoming)) {
          yield acknowledgementFrame(acknowledgement);
        }
      })(),
    ),
  );
  expect(await failureOf(sendObjects(client, framesOf(5), limits))).toBeInstanceOf(IntegrityError);
});

test('refuses acknowledgements that go back', async () => {
  const { client } = await clientOf(
    (exchange) =>
      answer(
        exchange,
        (async function* () {
          const counter = new Counter();
          for await (const frame of readFrames(exchange.incoming)) counter.add(frame);
          yield counter.frame();
          yield acknowledgementFrame(new Counter());
        })(),
      ),
    { jobs: 1 },
  );
  expect(await failureOf(sendObjects(client, framesOf(5), limits))).toBeInstanceOf(IntegrityError);
});

test('is patient with a server that works, but not for ever', async () => {
  const pace = endlessPace();
  let nowMs = 0;
  let beats = 0;
  const { client } = await clientOf(
    (exchange) =>
      answer(
        exchange,
        (async function* () {
          const nothing = new Counter();
          while (!exchange.response.destroyed) {
            nowMs += 15_000;
            beats++;
            yield nothing.frame();
            await new Promise((go) => setImmediate(go));
          }
        })(),
      ),
    { pace: { ...pace, now: () => nowMs }, jobs: 1, retryCount: 0 },
  );
  const failure = await failureOf(sendObjects(client, framesOf(5), limits));
  expect(failure.message).toContain('does not finish');
  expect(beats).toBeGreaterThanOrEqual(40);
});

test('passes on what its source throws', async () => {
  const stored: number[] = [];
  const damaged = new OperationError('A pack cannot be read.');
  const source = async function* () {
    yield* framesOf(10);
    throw damaged;
  };
  const { client } = await clientOf((exchange) => answer(exchange, storing(exchange, stored)));
  expect(await failureOf(sendObjects(client, source(), limits))).toBe(damaged);
});
