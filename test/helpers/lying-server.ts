/**
 * A server that passes requests on to an honest one, and lies where a test wants it to. Of the headers only token and content type are
 * passed on, so that two of ours speak the protocol of stock peers through it.
 */
import type { Exchange, ScriptedServer } from './scripted-server.js';
import { scriptedServer } from './scripted-server.js';

/** Answers instead of the honest server when it returns true. */
export type Lie = (exchange: Exchange) => boolean | Promise<boolean>;

/** Starts a liar before the server at `origin`; it stops when the test is done. */
export function lyingServer(origin: string, lie: Lie): Promise<ScriptedServer> {
  return scriptedServer(async (exchange) => {
    if (await lie(exchange)) return;
    const { method, target, headers } = exchange.request;
    const body = await exchange.readBody();
    const { authorization, 'content-type': contentType } = headers;
    const answer = await fetch(origin + target, {
      method,
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      },
    });
    await exchange.bytes(answer.status, Buffer.from(await answer.arrayBuffer()));
  });
}
